"""Events, endpoints and deliveries."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import lucidpay.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def make_stream_of_everybody(apps, schema_editor):
    apps.get_model("webhooks", "Stream").objects.create(owner_id=0, last=0)


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('webhooks', '0001_initial'),
        ('webhooks', '0002_retention'),
        ('webhooks', '0003_deliveries'),
        ('webhooks', '0004_indexes_of_lists'),
        ('webhooks', '0005_event_by_subject'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('pending', 'on its way'), ('delivered', 'taken by its receiver'), ('exhausted', 'given up after the last try'), ('cancelled', 'its endpoint is gone')], default='pending', max_length=10)),
                ('due_at', models.DateTimeField(help_text='When it is sent next.')),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='Since it was due first, or was asked for again.')),
                ('attempts', models.PositiveIntegerField(default=0, help_text='In all.')),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('kind', models.CharField(choices=[('delivered', '2xx'), ('refused', 'another status'), ('timeout', 'no answer in time'), ('unreachable', 'no connection, or one that broke'), ('forbidden', 'an address that nothing is sent to'), ('unsigned', 'its secret does not open')], max_length=12, primary_key=True, serialize=False)),
                ('count', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.IntegerField(null=True)),
                ('sequence', models.BigIntegerField(help_text='Gapless, from 1.', null=True)),
                ('owner_sequence', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Stream',
            fields=[
                ('owner_id', models.IntegerField(primary_key=True, serialize=False)),
                ('last', models.BigIntegerField(default=0)),
                ('forgotten_until', models.DateTimeField(help_text='Events up to then were forgotten, as their retention says.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('took_ms', models.PositiveIntegerField()),
                ('outcome', models.CharField(help_text='As counted by Outcome.', max_length=12)),
                ('url', models.TextField()),
                ('request_headers', models.JSONField()),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('response_headers', models.JSONField(null=True)),
                ('response_body', models.TextField(blank=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='webhooks.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('url', models.TextField(max_length=2000)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), help_text='Types it is told of.', size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('sealed_secret', models.TextField(editable=False)),
                ('sealed_previous', models.TextField(blank=True, editable=False, help_text='The secret before, which signs as well for a while.')),
                ('previous_until', models.DateTimeField(null=True)),
                ('sealed_headers', models.TextField(blank=True, editable=False)),
                ('header_names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, size=None)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('disabled_at', models.DateTimeField(null=True)),
                ('disabled_for', models.CharField(blank=True, choices=[('owner', 'somebody switched it off'), ('failing', 'it failed for too long'), ('gone', 'it answered 410')], max_length=10)),
                ('told_at', models.DateTimeField(help_text='When its owner was told.', null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='In a row.')),
                ('failing_since', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(help_text='The last time.', null=True)),
                ('paused_until', models.DateTimeField(help_text='It asked to be left alone so long.', null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='delivery',
            name='endpoint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='webhooks.endpoint'),
        ),
        migrations.CreateModel(
            name='EndpointAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('url', models.TextField(max_length=2000)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), help_text='Types it is told of.', size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('previous_until', models.DateTimeField(null=True)),
                ('header_names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, size=None)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('disabled_at', models.DateTimeField(null=True)),
                ('disabled_for', models.CharField(blank=True, choices=[('owner', 'somebody switched it off'), ('failing', 'it failed for too long'), ('gone', 'it answered 410')], max_length=10)),
                ('owner', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='webhooks.endpoint')),
            ],
            options={
                'verbose_name': 'endpoint audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=40)),
                ('subject', models.UUIDField()),
                ('owner_id', models.IntegerField(help_text='Whose payout, batch or payment it is.', null=True)),
                ('body', models.TextField(help_text='JSON, sent byte for byte.')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'id'], name='event_by_subject'), models.Index(condition=models.Q(models.Q(('type', 'payout.created'), _negated=True), models.Q(('type', 'payout.processing'), _negated=True), models.Q(('type', 'payout.confirmed'), _negated=True)), fields=['type', 'id'], name='event_by_type')],
            },
        ),
        migrations.AddField(
            model_name='delivery',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='webhooks.event'),
        ),
        migrations.RunPython(make_stream_of_everybody, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='event_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5c0bbeef59282d27e21a65711f16685b962d2e98', operation='UPDATE', pgid='pgtrigger_event_frozen_82a6e', table='webhooks_event', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='event_wants_place', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    INSERT INTO webhooks_place (event_id, owner_id)\n                    SELECT id, owner_id FROM new_rows WHERE type <> 'webhook.test' ORDER BY id;\n                    RETURN NULL;", hash='87de2e9abaa8c1bcc27ea0f1bbb35f37e5aa55b9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_event_wants_place_4678c', referencing='REFERENCING NEW TABLE AS new_rows ', table='webhooks_event', when='AFTER')),
        ),
        migrations.AddField(
            model_name='place',
            name='event',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='webhooks.event'),
        ),
        migrations.AddIndex(
            model_name='endpoint',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['owner', '-id'], name='endpoint_kept'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.CheckConstraint(condition=models.Q(('is_active', False), models.Q(('deleted_at', None), ('disabled_at', None)), _connector='OR'), name='endpoint_active_or_disabled'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpoint',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "webhooks_endpointaudit" ("created_at", "deleted_at", "disabled_at", "disabled_for", "events", "header_names", "id", "is_active", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "updated_at", "url") VALUES (NEW."created_at", NEW."deleted_at", NEW."disabled_at", NEW."disabled_for", NEW."events", NEW."header_names", NEW."id", NEW."is_active", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."previous_until", NEW."updated_at", NEW."url"); RETURN NULL;', hash='f50a44bbdd43c02f17ab718bbe35dc7d3b621beb', operation='INSERT', pgid='pgtrigger_audit_insert_2fe52', table='webhooks_endpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpoint',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."deleted_at" IS DISTINCT FROM (NEW."deleted_at") OR OLD."disabled_at" IS DISTINCT FROM (NEW."disabled_at") OR OLD."disabled_for" IS DISTINCT FROM (NEW."disabled_for") OR OLD."events" IS DISTINCT FROM (NEW."events") OR OLD."header_names" IS DISTINCT FROM (NEW."header_names") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."previous_until" IS DISTINCT FROM (NEW."previous_until") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at") OR OLD."url" IS DISTINCT FROM (NEW."url"))', func='INSERT INTO "webhooks_endpointaudit" ("created_at", "deleted_at", "disabled_at", "disabled_for", "events", "header_names", "id", "is_active", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "updated_at", "url") VALUES (NEW."created_at", NEW."deleted_at", NEW."disabled_at", NEW."disabled_for", NEW."events", NEW."header_names", NEW."id", NEW."is_active", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."previous_until", NEW."updated_at", NEW."url"); RETURN NULL;', hash='31dab4e5ecd72c76e2497e8df3528a3955f703c4', operation='UPDATE', pgid='pgtrigger_audit_update_725da', table='webhooks_endpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpoint',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "webhooks_endpointaudit" ("created_at", "deleted_at", "disabled_at", "disabled_for", "events", "header_names", "id", "is_active", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "updated_at", "url") VALUES (OLD."created_at", OLD."deleted_at", OLD."disabled_at", OLD."disabled_for", OLD."events", OLD."header_names", OLD."id", OLD."is_active", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."previous_until", OLD."updated_at", OLD."url"); RETURN NULL;', hash='54491452a83454049d2153cb9a07fd1114433f16', operation='DELETE', pgid='pgtrigger_audit_delete_aa2cd', table='webhooks_endpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpoint',
            trigger=pgtrigger.compiler.Trigger(name='audit_sealed_secret', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_secret" IS DISTINCT FROM (NEW."sealed_secret"))', func='INSERT INTO "webhooks_endpointaudit" ("created_at", "deleted_at", "disabled_at", "disabled_for", "events", "header_names", "id", "is_active", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "updated_at", "url") VALUES (NEW."created_at", NEW."deleted_at", NEW."disabled_at", NEW."disabled_for", NEW."events", NEW."header_names", NEW."id", NEW."is_active", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'sealed_secret_changed\', NEW."id", NEW."previous_until", NEW."updated_at", NEW."url"); RETURN NULL;', hash='4188144517756ae9157166db639de7d9a1323627', operation='UPDATE', pgid='pgtrigger_audit_sealed_secret_911eb', table='webhooks_endpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpoint',
            trigger=pgtrigger.compiler.Trigger(name='audit_sealed_previous', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_previous" IS DISTINCT FROM (NEW."sealed_previous"))', func='INSERT INTO "webhooks_endpointaudit" ("created_at", "deleted_at", "disabled_at", "disabled_for", "events", "header_names", "id", "is_active", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "updated_at", "url") VALUES (NEW."created_at", NEW."deleted_at", NEW."disabled_at", NEW."disabled_for", NEW."events", NEW."header_names", NEW."id", NEW."is_active", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'sealed_previous_changed\', NEW."id", NEW."previous_until", NEW."updated_at", NEW."url"); RETURN NULL;', hash='ba84fce4d05978abbda3fcd1e08e58d38aadc943', operation='UPDATE', pgid='pgtrigger_audit_sealed_previous_4cf09', table='webhooks_endpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpoint',
            trigger=pgtrigger.compiler.Trigger(name='audit_sealed_headers', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_headers" IS DISTINCT FROM (NEW."sealed_headers"))', func='INSERT INTO "webhooks_endpointaudit" ("created_at", "deleted_at", "disabled_at", "disabled_for", "events", "header_names", "id", "is_active", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "updated_at", "url") VALUES (NEW."created_at", NEW."deleted_at", NEW."disabled_at", NEW."disabled_for", NEW."events", NEW."header_names", NEW."id", NEW."is_active", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'sealed_headers_changed\', NEW."id", NEW."previous_until", NEW."updated_at", NEW."url"); RETURN NULL;', hash='71c135938fcbe1f55df7310c3fec230a618d2c92', operation='UPDATE', pgid='pgtrigger_audit_sealed_headers_bd46c', table='webhooks_endpoint', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='endpointaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='endpointaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='endpointaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fb06f3bdded5f8fdf78afb39d9ae00161c12064e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_275f3', table='webhooks_endpointaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['endpoint', 'due_at'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['endpoint', 'status', '-id'], name='delivery_log'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status__in', ['exhausted', 'cancelled'])), fields=['status', '-id'], name='delivery_lost'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'exhausted')), fields=['endpoint', 'ended_at'], name='delivery_exhausted'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['ended_at'], name='delivery_ended'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('endpoint', 'event'), name='delivery_once'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(condition=models.Q(('sequence', None)), fields=['id'], name='place_wanted'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.UniqueConstraint(condition=models.Q(('sequence__isnull', False)), fields=('sequence',), name='place_once'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.UniqueConstraint(condition=models.Q(('sequence__isnull', False)), fields=('owner_id', 'owner_sequence'), name='place_of_owner_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='place',
            trigger=pgtrigger.compiler.Trigger(name='place_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sequence" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3c19e0f9e271b4f3d3ed686f8e56b1660d98880a', operation='UPDATE', pgid='pgtrigger_place_is_final_f0b02', table='webhooks_place', when='BEFORE')),
        ),
    ]
