"""Restarts that people ask for."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import lucidpay.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('lucidpay', '0001_service_restart'),
    ]

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceRestart',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('service', models.CharField(choices=[('tron-client', 'tron-client'), ('wallet-manager', 'wallet-manager'), ('usdt-manager', 'usdt-manager'), ('payout-router', 'payout-router'), ('payment-gateway', 'payment-gateway'), ('trx-staking', 'trx-staking')], max_length=20)),
                ('by', models.CharField(help_text='The user who asked.', max_length=150)),
                ('request_id', models.CharField(max_length=128)),
                ('asked_at', models.DateTimeField()),
                ('asked', models.JSONField(default=list, help_text='The workers that serve it.')),
                ('said', models.JSONField(default=dict, help_text='Worker → its answer, as it gave it.')),
                ('ended_at', models.DateTimeField(help_text='When all that was said was known.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ServiceRestartAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('service', models.CharField(choices=[('tron-client', 'tron-client'), ('wallet-manager', 'wallet-manager'), ('usdt-manager', 'usdt-manager'), ('payout-router', 'payout-router'), ('payment-gateway', 'payment-gateway'), ('trx-staking', 'trx-staking')], max_length=20)),
                ('by', models.CharField(help_text='The user who asked.', max_length=150)),
                ('request_id', models.CharField(max_length=128)),
                ('asked_at', models.DateTimeField()),
                ('asked', models.JSONField(default=list, help_text='The workers that serve it.')),
                ('said', models.JSONField(default=dict, help_text='Worker → its answer, as it gave it.')),
                ('ended_at', models.DateTimeField(help_text='When all that was said was known.', null=True)),
            ],
            options={
                'verbose_name': 'service restart audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestart',
            trigger=pgtrigger.compiler.Trigger(name='restart_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='8659fe8db10d2ea4a7cec0ac50623ac5444e026c', operation='DELETE', pgid='pgtrigger_restart_kept_for_good_a0db0', table='lucidpay_servicerestart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestart',
            trigger=pgtrigger.compiler.Trigger(name='restart_ends_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."ended_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c0198cb662fabd84a8de4f46f0a7f9605de45993', operation='UPDATE', pgid='pgtrigger_restart_ends_once_b2011', table='lucidpay_servicerestart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestart',
            trigger=pgtrigger.compiler.Trigger(name='restart_asked_once', sql=pgtrigger.compiler.UpsertTriggerSql(func='RAISE EXCEPTION \'pgtrigger: Cannot update of "service", "by", "request_id", "asked_at", "asked" rows from % table\', TG_TABLE_NAME;', hash='3f4cb7c7675b21506d837c1548ad44b736563ac4', operation='UPDATE OF "service", "by", "request_id", "asked_at", "asked"', pgid='pgtrigger_restart_asked_once_e017e', table='lucidpay_servicerestart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestart',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "lucidpay_servicerestartaudit" ("asked", "asked_at", "by", "ended_at", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "said", "service") VALUES (NEW."asked", NEW."asked_at", NEW."by", NEW."ended_at", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."request_id", NEW."said", NEW."service"); RETURN NULL;', hash='21b1f276ccd10995db1e8b361c47ac6a3ba445e9', operation='INSERT', pgid='pgtrigger_audit_insert_952c5', table='lucidpay_servicerestart', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestart',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "lucidpay_servicerestartaudit" ("asked", "asked_at", "by", "ended_at", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "said", "service") VALUES (NEW."asked", NEW."asked_at", NEW."by", NEW."ended_at", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."request_id", NEW."said", NEW."service"); RETURN NULL;', hash='a0dc99c2b21cc25afc22d9cb28814336f2046541', operation='UPDATE', pgid='pgtrigger_audit_update_1c39d', table='lucidpay_servicerestart', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestart',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "lucidpay_servicerestartaudit" ("asked", "asked_at", "by", "ended_at", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "said", "service") VALUES (OLD."asked", OLD."asked_at", OLD."by", OLD."ended_at", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."request_id", OLD."said", OLD."service"); RETURN NULL;', hash='439f65b899eb03d92469fc693d3d807c1d745130', operation='DELETE', pgid='pgtrigger_audit_delete_e7d6a', table='lucidpay_servicerestart', when='AFTER')),
        ),
        migrations.AddField(
            model_name='servicerestartaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='lucidpay.servicerestart'),
        ),
        migrations.AddIndex(
            model_name='servicerestartaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='servicerestartaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='servicerestartaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='dfc41f130d8f7873b3f4291d1c3696d5498822de', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_26db8', table='lucidpay_servicerestartaudit', when='BEFORE')),
        ),
    ]
