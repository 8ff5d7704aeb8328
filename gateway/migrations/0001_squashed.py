"""Payments and what follows from them."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import lucidpay.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('gateway', '0001_initial'),
    ]

    dependencies = [
        ('access', '0001_squashed'),
        ('payouts', '0001_squashed'),
        ('tron', '0001_squashed'),
        ('wallets', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('stranger', "paid by another address than the payer's"), ('leg_failed', 'the payee could not be paid'), ('leg_rejected', "the payee's payout was rejected or cancelled"), ('raised', 'somebody has raised it'), ('more', 'more money came in while it was disputed')], max_length=12)),
                ('from_status', models.CharField(max_length=10)),
                ('opened_by', models.CharField(max_length=100)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('opened_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, max_length=500)),
                ('answered_by', models.CharField(blank=True, max_length=100)),
                ('answered_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('accepted', 'the money counts as the payment'), ('refunded', 'the money goes back'), ('dismissed', 'nothing is to be done')], max_length=9)),
                ('closed_by', models.CharField(blank=True, max_length=100)),
                ('closed_note', models.CharField(blank=True, max_length=500)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='FeeSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('priorities', models.JSONField()),
                ('discounts', models.JSONField()),
                ('by', models.CharField(max_length=100)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('valid_from', models.DateTimeField()),
            ],
            options={
                'ordering': ['-version'],
            },
        ),
        migrations.CreateModel(
            name='FeeScheduleAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('priorities', models.JSONField()),
                ('discounts', models.JSONField()),
                ('by', models.CharField(max_length=100)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('valid_from', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'fee schedule audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='GatewayWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('day', 'USDT asked for in a day, in base units'), ('minute', 'payments asked for in a minute'), ('payer', 'payments from one payer in a minute')], max_length=6)),
                ('subject', models.CharField(blank=True, help_text='The payer; empty: everybody.', max_length=34)),
                ('starts_at', models.DateTimeField()),
                ('used', models.BigIntegerField()),
                ('most', models.BigIntegerField(help_text='The limit when something was last counted; empty: none.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='GlanceCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(default=0)),
                ('block_id', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Incoming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('txid', models.CharField(max_length=64)),
                ('log_index', models.IntegerField()),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('units', models.BigIntegerField()),
                ('sender', models.CharField(max_length=34)),
                ('block_number', models.BigIntegerField()),
                ('block_time_ms', models.BigIntegerField()),
                ('ruling', models.CharField(choices=[('counted', 'counted as the payment'), ('excess', 'more than was asked for'), ('late', 'came when the payment had expired or ended'), ('stranger', "paid by another address than the payer's"), ('stray', 'another currency than was asked for, or too little to count')], max_length=8)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'incoming',
            },
        ),
        migrations.CreateModel(
            name='Leg',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(help_text='When its end was acted upon.', null=True)),
                ('failed', models.BooleanField(default=False, help_text='It has ended, and nothing was paid.')),
            ],
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('batch_row', models.PositiveIntegerField(help_text='Its place in the batch, from 0.', null=True)),
                ('method', models.CharField(choices=[('direct_transfer', 'direct: the payer pays the payee, and the gateway watches'), ('payment_gateway', 'gateway: paid to a deposit address, then on to the payee'), ('swap', 'swap: paid in TRX, the payee gets USDT'), ('route', 'route: paid by a wallet kept here, through the payout routers')], default='payment_gateway', max_length=16)),
                ('priority', models.PositiveSmallIntegerField(choices=[(0, 'urgent'), (1, 'high'), (2, 'normal'), (3, 'low')], default=2)),
                ('status', models.CharField(choices=[('pending', 'waits for the payer'), ('processing', 'money was seen'), ('confirmed', 'the money is solid; the payee is being paid'), ('completed', 'the payee is paid'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('refunded', 'refunded in full'), ('disputed', 'a person must decide')], default='pending', max_length=10)),
                ('payer_address', models.CharField(max_length=34)),
                ('payee_address', models.CharField(max_length=34)),
                ('amount_micro', models.BigIntegerField()),
                ('fee_micro', models.BigIntegerField()),
                ('net_micro', models.BigIntegerField(help_text='What the payee gets, as quoted.')),
                ('reference_id', models.CharField(max_length=100, null=True)),
                ('description', models.CharField(blank=True, max_length=500)),
                ('pay_currency', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], default='USDT', max_length=4)),
                ('pay_units', models.BigIntegerField(help_text='What the payer has to pay, in base units.')),
                ('expires_at', models.DateTimeField(help_text='Until when it can be paid.', null=True)),
                ('from_block', models.BigIntegerField(default=0, help_text='The newest block when it was asked for: earlier money is not its.')),
                ('seen_txid', models.CharField(blank=True, help_text='In a block not yet solid.', max_length=64)),
                ('seen_block', models.BigIntegerField(null=True)),
                ('paid_txid', models.CharField(blank=True, help_text='In a solid block.', max_length=64)),
                ('received_units', models.BigIntegerField(default=0)),
                ('accepted_units', models.BigIntegerField(default=0)),
                ('refunding_units', models.BigIntegerField(default=0)),
                ('leg_micro', models.BigIntegerField(default=0, help_text='What the payee is to be paid, from when the money is solid.')),
                ('refunded_micro', models.BigIntegerField(default=0, help_text='Of the amount, what was asked to be refunded and did not fail.')),
                ('needs_review', models.CharField(blank=True, help_text='Why people must agree before the payee is paid.', max_length=200)),
                ('error_code', models.CharField(blank=True, max_length=20)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('body_hash', models.CharField(editable=False, max_length=64)),
                ('request_id', models.CharField(max_length=128)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('completed_at', models.DateTimeField(null=True)),
                ('reconciled_at', models.DateTimeField(help_text='When it was last compared with the books and the chain; none since it changed.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PaymentBatch',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(blank=True, max_length=100)),
                ('total', models.PositiveIntegerField()),
                ('accepted', models.PositiveIntegerField(help_text='How many of them became payments.')),
                ('completed_at', models.DateTimeField(help_text='When its end was announced: a mark against a second time.', null=True)),
                ('request_id', models.CharField(max_length=128)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'payment batches',
            },
        ),
        migrations.CreateModel(
            name='PaymentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(blank=True, max_length=10)),
                ('to_status', models.CharField(max_length=10)),
                ('by', models.CharField(help_text='A user, or the part of LucidPay that acted.', max_length=100)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('details', models.JSONField(null=True)),
                ('request_id', models.CharField(blank=True, max_length=128)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PaymentSum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField(help_text='None: everybody.', null=True)),
                ('payments', models.BigIntegerField()),
                ('successful', models.BigIntegerField()),
                ('failed', models.BigIntegerField()),
                ('volume', models.DecimalField(decimal_places=0, max_digits=40)),
                ('fees', models.DecimalField(decimal_places=0, max_digits=40)),
                ('refunded', models.DecimalField(decimal_places=0, max_digits=40)),
                ('took_ms', models.DecimalField(decimal_places=0, max_digits=40)),
            ],
        ),
        migrations.CreateModel(
            name='PaymentSumChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField(help_text='None: everybody.', null=True)),
                ('payments', models.BigIntegerField()),
                ('successful', models.BigIntegerField()),
                ('failed', models.BigIntegerField()),
                ('volume', models.DecimalField(decimal_places=0, max_digits=40)),
                ('fees', models.DecimalField(decimal_places=0, max_digits=40)),
                ('refunded', models.DecimalField(decimal_places=0, max_digits=40)),
                ('took_ms', models.DecimalField(decimal_places=0, max_digits=40)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('micro_per_trx', models.BigIntegerField()),
                ('source', models.CharField(choices=[('manual', 'a person'), ('onchain', 'an exchange on chain')], max_length=8)),
                ('by', models.CharField(max_length=100)),
                ('details', models.JSONField(null=True)),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Nothing is quoted by it afterwards.')),
            ],
        ),
        migrations.CreateModel(
            name='RateAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('micro_per_trx', models.BigIntegerField()),
                ('source', models.CharField(choices=[('manual', 'a person'), ('onchain', 'an exchange on chain')], max_length=8)),
                ('by', models.CharField(max_length=100)),
                ('details', models.JSONField(null=True)),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Nothing is quoted by it afterwards.')),
            ],
            options={
                'verbose_name': 'rate audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('external_transaction_id', models.CharField(blank=True, max_length=100)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('pending', 'waits'), ('processing', 'under way'), ('completed', 'everything agrees'), ('failed', 'it could not be done'), ('disputed', 'something differs')], default='pending', max_length=10)),
                ('verified', models.BooleanField(default=False)),
                ('verified_at', models.DateTimeField(null=True)),
                ('differences', models.JSONField(default=list)),
                ('solid_block', models.BigIntegerField(help_text='Up to where the chain was read.', null=True)),
                ('request_id', models.CharField(blank=True, max_length=128)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('cause', models.CharField(choices=[('requested', 'asked for by the merchant'), ('underpaid', 'too little came in until the payment expired'), ('overpaid', 'more came in than was asked for'), ('late', 'it came too late'), ('disputed', 'a dispute was closed so')], max_length=10)),
                ('reason', models.CharField(blank=True, choices=[('user_request', 'user request'), ('payment_failure', 'payment failure'), ('duplicate_payment', 'duplicate payment'), ('merchant_initiated', 'merchant initiated'), ('system_error', 'system error')], max_length=20)),
                ('source', models.CharField(choices=[('deposit', 'what came in for the payment'), ('merchant', "the merchant's balance")], default='deposit', max_length=8)),
                ('status', models.CharField(choices=[('initiated', 'asked for'), ('processing', 'signed; the chain decides'), ('completed', 'paid back'), ('failed', 'nothing was paid back')], default='initiated', max_length=10)),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('recipient', models.CharField(max_length=34)),
                ('units', models.BigIntegerField(help_text='What is taken for it, in base units.')),
                ('cost_units', models.BigIntegerField(default=0, help_text="Of that, what is kept for the network's cost.")),
                ('by', models.CharField(max_length=100)),
                ('request_id', models.CharField(blank=True, max_length=128)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sees_all', models.BooleanField(default=False, help_text="Everybody's payments are in it.")),
                ('period_start', models.DateTimeField()),
                ('period_end', models.DateTimeField(help_text='Not in it any more.')),
                ('status_filter', models.CharField(blank=True, max_length=10)),
                ('include_failed', models.BooleanField(default=False)),
                ('format', models.CharField(choices=[('json', 'JSON'), ('csv', 'CSV'), ('xlsx', 'XLSX'), ('pdf', 'PDF')], default='json', max_length=4)),
                ('status', models.CharField(choices=[('pending', 'its file is being written'), ('ready', 'ready'), ('failed', 'its file could not be written')], default='pending', max_length=7)),
                ('totals', models.JSONField(help_text='Counts, and sums in micro-USDT.')),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('size_bytes', models.BigIntegerField(null=True)),
                ('sha256', models.CharField(blank=True, help_text='Of its file.', max_length=64)),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='How often it was begun.')),
                ('claim', models.UUIDField(editable=False, null=True)),
                ('claimed_until', models.DateTimeField(help_text='Nobody else begins before; without a claim, nobody at all does.', null=True)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('request_id', models.CharField(max_length=128)),
                ('generated_at', models.DateTimeField(help_text='Of when its totals are.')),
                ('ready_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='From 0.')),
                ('content', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('initiated', 'asked for'), ('processing', 'signed; the chain decides'), ('completed', 'paid'), ('failed', 'nothing was paid; its fees are settled again')], default='initiated', max_length=10)),
                ('amount_micro', models.BigIntegerField()),
                ('payments', models.PositiveIntegerField(help_text='Whose fees these are.')),
                ('covers_from', models.DateTimeField()),
                ('covers_until', models.DateTimeField(help_text='Payments completed before it.')),
                ('recipient', models.CharField(max_length=34)),
                ('by', models.CharField(max_length=100)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('units', models.BigIntegerField()),
                ('status', models.CharField(choices=[('wanted', 'waits for energy or TRX at the address'), ('signed', 'signed; the chain decides'), ('swept', 'done'), ('failed', 'nothing was moved')], default='wanted', max_length=6)),
                ('cost_sun', models.BigIntegerField(default=0, help_text='What it is reckoned to cost.')),
                ('wait_reason', models.CharField(blank=True, max_length=200)),
                ('look_at', models.DateTimeField(help_text='When it is looked at again.')),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='fee_schedule_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='86a7e022d2e456687df98a08ead48595aa9fd0be', operation='UPDATE OR DELETE', pgid='pgtrigger_fee_schedule_kept_26b71', table='gateway_feeschedule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "gateway_feescheduleaudit" ("by", "discounts", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "priorities", "valid_from", "version") VALUES (NEW."by", NEW."discounts", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."priorities", NEW."valid_from", NEW."version"); RETURN NULL;', hash='0a959e3fb4e09ff22238765a4455ee6efeff0e7c', operation='INSERT', pgid='pgtrigger_audit_insert_bc8a8', table='gateway_feeschedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "gateway_feescheduleaudit" ("by", "discounts", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "priorities", "valid_from", "version") VALUES (NEW."by", NEW."discounts", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."priorities", NEW."valid_from", NEW."version"); RETURN NULL;', hash='6d0f1c2476feb147cff405e04c56914a3eaf3574', operation='UPDATE', pgid='pgtrigger_audit_update_1ac5d', table='gateway_feeschedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "gateway_feescheduleaudit" ("by", "discounts", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "priorities", "valid_from", "version") VALUES (OLD."by", OLD."discounts", OLD."id", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."priorities", OLD."valid_from", OLD."version"); RETURN NULL;', hash='b6b7c139faead65a0a1f160ebff099a118071b6c', operation='DELETE', pgid='pgtrigger_audit_delete_76e5d', table='gateway_feeschedule', when='AFTER')),
        ),
        migrations.AddField(
            model_name='feescheduleaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='gateway.feeschedule'),
        ),
        migrations.AddConstraint(
            model_name='gatewaywindow',
            constraint=models.UniqueConstraint(fields=('starts_at', 'kind', 'subject'), name='gateway_window_once'),
        ),
        migrations.AddConstraint(
            model_name='gatewaywindow',
            constraint=models.CheckConstraint(condition=models.Q(('most', None), ('used__lte', models.F('most')), _connector='OR'), name='gateway_window_not_exceeded'),
        ),
        migrations.AddConstraint(
            model_name='gatewaywindow',
            constraint=models.CheckConstraint(condition=models.Q(('used__gte', 0)), name='gateway_window_not_negative'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='incoming',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gateway.incoming'),
        ),
        migrations.AddField(
            model_name='leg',
            name='payout',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='payouts.payout'),
        ),
        migrations.AddField(
            model_name='payment',
            name='api_key',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='access.apikey'),
        ),
        migrations.AddField(
            model_name='payment',
            name='deposit',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='wallets.depositaddress'),
        ),
        migrations.AddField(
            model_name='payment',
            name='fee_schedule',
            field=models.ForeignKey(db_index=False, help_text='As it was quoted by.', on_delete=django.db.models.deletion.PROTECT, to='gateway.feeschedule'),
        ),
        migrations.AddField(
            model_name='payment',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='payer_wallet',
            field=models.ForeignKey(db_index=False, help_text='Of ours, which pays a payment by route.', null=True, on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='leg',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legs', to='gateway.payment'),
        ),
        migrations.AddField(
            model_name='incoming',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incoming', to='gateway.payment'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='gateway.payment'),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='batch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='gateway.paymentbatch'),
        ),
        migrations.AddField(
            model_name='paymentevent',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='gateway.payment'),
        ),
        migrations.AddConstraint(
            model_name='paymentsum',
            constraint=models.UniqueConstraint(fields=('owner_id',), name='payment_sum_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='rate',
            index=models.Index(fields=['source', 'at'], name='rate_newest'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(('micro_per_trx__gt', 0)), name='rate_is_something'),
        ),
        migrations.AddField(
            model_name='payment',
            name='rate',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='gateway.rate'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='rate_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='071aefdc31a8e0474b186d671d45e15f7f08ec28', operation='UPDATE OR DELETE', pgid='pgtrigger_rate_kept_ff3a4', table='gateway_rate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."source" = \'manual\')', func='INSERT INTO "gateway_rateaudit" ("at", "by", "details", "expires_at", "id", "micro_per_trx", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."at", NEW."by", NEW."details", NEW."expires_at", NEW."id", NEW."micro_per_trx", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."source"); RETURN NULL;', hash='163cb1f9bd2a644b6057564a0f7a564c4417a669', operation='INSERT', pgid='pgtrigger_audit_insert_48d62', table='gateway_rate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "gateway_rateaudit" ("at", "by", "details", "expires_at", "id", "micro_per_trx", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."at", NEW."by", NEW."details", NEW."expires_at", NEW."id", NEW."micro_per_trx", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."source"); RETURN NULL;', hash='5e646c773d6a7411ed2e2bd10125efcf5504e717', operation='UPDATE', pgid='pgtrigger_audit_update_a3801', table='gateway_rate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "gateway_rateaudit" ("at", "by", "details", "expires_at", "id", "micro_per_trx", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (OLD."at", OLD."by", OLD."details", OLD."expires_at", OLD."id", OLD."micro_per_trx", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."source"); RETURN NULL;', hash='e0998eda2a73dc32b35e103d78926652267f9196', operation='DELETE', pgid='pgtrigger_audit_delete_af529', table='gateway_rate', when='AFTER')),
        ),
        migrations.AddField(
            model_name='rateaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='gateway.rate'),
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='owner',
            field=models.ForeignKey(help_text='Who asked; nobody for what the schedule does.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciliations', to='gateway.payment'),
        ),
        migrations.AddField(
            model_name='refund',
            name='incoming',
            field=models.ForeignKey(db_index=False, help_text='What came in and goes back whole, where it is one of these.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='gateway.incoming'),
        ),
        migrations.AddField(
            model_name='refund',
            name='operation',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='wallets.operation'),
        ),
        migrations.AddField(
            model_name='refund',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='gateway.payment'),
        ),
        migrations.AddField(
            model_name='refund',
            name='payout',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='payouts.payout'),
        ),
        migrations.AddField(
            model_name='refund',
            name='repeats',
            field=models.OneToOneField(help_text='The refund that failed and was asked for again by this one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='repeated_by', to='gateway.refund'),
        ),
        migrations.AddField(
            model_name='report',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reportpart',
            name='report',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='gateway.report'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='payout',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='payouts.payout'),
        ),
        migrations.AddField(
            model_name='payment',
            name='settlement',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='gateway.settlement'),
        ),
        migrations.AddField(
            model_name='sweep',
            name='address',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sweeps', to='wallets.depositaddress'),
        ),
        migrations.AddField(
            model_name='sweep',
            name='funding',
            field=models.ForeignKey(help_text='The TRX or energy that the address was given for it.', null=True, on_delete=django.db.models.deletion.PROTECT, to='wallets.operation'),
        ),
        migrations.AddField(
            model_name='sweep',
            name='lender',
            field=models.ForeignKey(help_text='Whose stake the address was lent, until it is taken back.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='sweep',
            name='transaction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='tron.chaintransaction'),
        ),
        migrations.AddField(
            model_name='sweep',
            name='wallet',
            field=models.ForeignKey(help_text='Where it goes.', on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddIndex(
            model_name='feescheduleaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='feescheduleaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feescheduleaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='46f3d9aaa906f0f6fa46219eefd38a5c705957da', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a6bc0', table='gateway_feescheduleaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['id'], name='leg_to_settle'),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.UniqueConstraint(condition=models.Q(('failed', False)), fields=('payment',), name='leg_one_per_payment'),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.CheckConstraint(condition=models.Q(('failed', False), ('ended_at__isnull', False), _connector='OR'), name='leg_failed_has_ended'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leg',
            trigger=pgtrigger.compiler.Trigger(name='leg_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='9a60958f2c5b643f68a3fcee63da1028eb773455', operation='DELETE', pgid='pgtrigger_leg_kept_for_good_c22f4', table='gateway_leg', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leg',
            trigger=pgtrigger.compiler.Trigger(name='leg_ends_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.ended_at IS NOT NULL)', func="RAISE EXCEPTION 'this leg has ended';", hash='a578e5094cf3cc23d687d5d3a5233d6fa347faf8', operation='UPDATE', pgid='pgtrigger_leg_ends_once_59fe9', table='gateway_leg', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='incoming',
            index=models.Index(condition=models.Q(('ruling', 'late')), fields=['id'], name='incoming_late'),
        ),
        migrations.AddConstraint(
            model_name='incoming',
            constraint=models.UniqueConstraint(fields=('txid', 'log_index'), name='incoming_once'),
        ),
        migrations.AddConstraint(
            model_name='incoming',
            constraint=models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='incoming_is_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incoming',
            trigger=pgtrigger.compiler.Trigger(name='incoming_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3559b55e3c20a2738500808153571b76d994fa5c', operation='DELETE', pgid='pgtrigger_incoming_kept_for_good_9f52f', table='gateway_incoming', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incoming',
            trigger=pgtrigger.compiler.Trigger(name='incoming_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what came in cannot be changed';", hash='b8124a9637136875eb184a75995300f98f6cd859', operation='UPDATE OF "payment_id", "txid", "log_index", "asset", "units", "sender", "block_number"', pgid='pgtrigger_incoming_frozen_f37fa', table='gateway_incoming', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('payment',), name='dispute_one_open'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('outcome', '')), models.Q(('closed_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='dispute_closed_has_outcome'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dispute',
            trigger=pgtrigger.compiler.Trigger(name='dispute_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e3e96d859a82b46c2f12713f8e9d61da62886758', operation='DELETE', pgid='pgtrigger_dispute_kept_for_good_fceba', table='gateway_dispute', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='paymentbatch',
            index=models.Index(condition=models.Q(('completed_at', None)), fields=['id'], name='payment_batch_to_complete'),
        ),
        migrations.AddIndex(
            model_name='paymentbatch',
            index=models.Index(fields=['owner', 'id'], name='payment_batch_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('accepted__lte', models.F('total')), ('total__gt', 0)), name='payment_batch_counts'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentbatch',
            trigger=pgtrigger.compiler.Trigger(name='payment_batch_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='12e0fe86cb66ed3753411b94579928b855efa952', operation='DELETE', pgid='pgtrigger_payment_batch_kept_0da70', table='gateway_paymentbatch', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='paymentevent',
            index=models.Index(fields=['payment', 'id'], name='payment_event_story'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentevent',
            trigger=pgtrigger.compiler.Trigger(name='payment_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8994c0d00cc9f99e349ea0f7523262384fe68eaa', operation='UPDATE OR DELETE', pgid='pgtrigger_payment_event_append_only_be3ed', table='gateway_paymentevent', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='rateaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='rateaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rateaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5502ea4b4725dd593964d3d0b8778f4653549997', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_abff0', table='gateway_rateaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='reconciliation',
            index=models.Index(fields=['payment', 'created_at'], name='reconciliation_of_payment'),
        ),
        migrations.AddIndex(
            model_name='reconciliation',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['id'], name='reconciliation_to_do'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reconciliation',
            trigger=pgtrigger.compiler.Trigger(name='gateway_reconciliation_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='fc67840efeda2ec3d20061fd7fc3d1b2cb5e29b2', operation='DELETE', pgid='pgtrigger_gateway_reconciliation_kept_15c40', table='gateway_reconciliation', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('status__in', ('initiated', 'processing'))), fields=['id'], name='refund_open'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('cost_units__gte', 0), ('cost_units__lte', models.F('units')), ('units__gt', 0)), name='refund_units_in_range'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('payout', None), ('operation', None), _connector='OR'), name='refund_paid_one_way'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(condition=models.Q(('incoming__isnull', False), models.Q(('status', 'failed'), _negated=True)), fields=('incoming',), name='refund_once_per_incoming'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'initiated\', \'completed\'), (\'initiated\', \'failed\'), (\'initiated\', \'processing\'), (\'processing\', \'completed\'), (\'processing\', \'failed\'), (\'processing\', \'initiated\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{initiated:completed,initiated:failed,initiated:processing,processing:completed,processing:failed,processing:initiated}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='6529a8b6bcc9a451400ed2d1b459339f4f2fff63', operation='UPDATE', pgid='pgtrigger_refund_arrows_42256', table='gateway_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_compared_anew', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n                    UPDATE gateway_payment SET reconciled_at = NULL WHERE id = NEW.payment_id;\n                    RETURN NULL;', hash='d0da59af1a1573a767aaa682dd2a8e5846e98763', operation='UPDATE OF "status"', pgid='pgtrigger_refund_compared_anew_b67f3', table='gateway_refund', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='decaf2749244dc9794792a5f3c0ce2723031b4c3', operation='DELETE', pgid='pgtrigger_refund_kept_for_good_f7d47', table='gateway_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_order_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what is refunded cannot be changed';", hash='50b97ed701113d1a48832f145f318dc78ad2694d', operation='UPDATE OF "payment_id", "incoming_id", "repeats_id", "source", "asset", "recipient", "units", "cost_units"', pgid='pgtrigger_refund_order_frozen_16659', table='gateway_refund', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['id'], name='report_to_write'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['owner', 'id'], name='report_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'ready'), _negated=True), models.Q(('ready_at__isnull', False), ('size_bytes__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='report_ready_has_file'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('period_start__lt', models.F('period_end'))), name='report_period'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='report',
            trigger=pgtrigger.compiler.Trigger(name='report_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d63b3f9567b7926dfcf0820fda622db170f8e9e1', operation='DELETE', pgid='pgtrigger_report_kept_442fa', table='gateway_report', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='reportpart',
            constraint=models.UniqueConstraint(fields=('report', 'number'), name='report_part_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reportpart',
            trigger=pgtrigger.compiler.Trigger(name='report_part_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8ef170a5de799f9466ef816810d8f0ba88712d5d', operation='UPDATE OR DELETE', pgid='pgtrigger_report_part_frozen_a31a6', table='gateway_reportpart', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micro__gt', 0), ('payments__gt', 0)), name='settlement_is_something'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(models.Value(1), condition=models.Q(('status__in', ('initiated', 'processing'))), name='settlement_one_open'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='settlement_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'initiated\', \'completed\'), (\'initiated\', \'failed\'), (\'initiated\', \'processing\'), (\'processing\', \'completed\'), (\'processing\', \'failed\'), (\'processing\', \'initiated\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{initiated:completed,initiated:failed,initiated:processing,processing:completed,processing:failed,processing:initiated}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='e96e18f0ae6f5bb8ca349800094a0c41b553da90', operation='UPDATE', pgid='pgtrigger_settlement_arrows_89364', table='gateway_settlement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='settlement_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c1e6989709d2d27e48847f9fa88c1cb9ba560bf5', operation='DELETE', pgid='pgtrigger_settlement_kept_for_good_0de18', table='gateway_settlement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='settlement_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what is settled cannot be changed';", hash='9fafeadf1d585cdceddb06f661b3594ad9207646', operation='UPDATE OF "amount_micro", "payments", "recipient", "payout_id"', pgid='pgtrigger_settlement_frozen_313fd', table='gateway_settlement', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['owner', 'id'], name='payment_by_owner'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['status', 'id'], name='payment_by_status'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('status__in', ('pending', 'processing'))), fields=['expires_at'], name='payment_to_expire'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('status', 'confirmed')), fields=['priority', 'id'], name='payment_to_pay'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('method', 'direct_transfer'), ('status__in', ('pending', 'processing'))), fields=['payer_address', 'payee_address', 'amount_micro', 'id'], name='payment_direct_open'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('completed_at__isnull', False), ('method__in', ('payment_gateway', 'swap', 'route')), ('settlement', None), ('status__in', ('completed', 'refunded'))), fields=['completed_at'], include=('fee_micro',), name='payment_to_settle'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(models.OrderBy(models.F('reconciled_at'), nulls_first=True), models.F('id'), condition=models.Q(('status__in', ['confirmed', 'disputed', 'pending', 'processing']), ('reconciled_at', None), _connector='OR'), name='payment_to_reconcile'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['payer_address', 'created_at'], name='payment_by_payer'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('settlement__isnull', False)), fields=['settlement'], name='payment_by_settlement'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micro__gt', 0), ('amount_micro__lte', 1000000000000000), ('fee_micro__gte', 0), ('net_micro__gt', 0), ('net_micro__lte', models.F('amount_micro'))), name='payment_amounts_in_range'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('payee_address__regex', '^T[1-9A-HJ-NP-Za-km-z]{33}$'), ('payer_address__regex', '^T[1-9A-HJ-NP-Za-km-z]{33}$'), models.Q(('payer_address', models.F('payee_address')), _negated=True)), name='payment_addresses'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_units__gte', 0), ('received_units__gte', 0), ('refunding_units__gte', 0), ('received_units__gte', django.db.models.expressions.CombinedExpression(models.F('accepted_units'), '+', models.F('refunding_units')))), name='payment_gives_no_more_than_came'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('leg_micro__gte', 0), ('leg_micro__lte', models.F('net_micro'))), name='payment_leg_in_range'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_micro__gte', 0), ('refunded_micro__lte', models.F('amount_micro'))), name='payment_refunded_no_more_than_paid'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deposit__isnull', False), ('method__in', ('payment_gateway', 'swap'))), models.Q(models.Q(('method__in', ('payment_gateway', 'swap')), _negated=True), ('deposit', None)), _connector='OR'), name='payment_deposited_has_address'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'swap'), ('pay_currency', 'TRX'), ('rate__isnull', False)), models.Q(models.Q(('method', 'swap'), _negated=True), ('pay_currency', 'USDT'), ('rate', None)), _connector='OR'), name='payment_swap_has_rate'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('reference_id', 'owner'), name='payment_reference_once_per_owner'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('batch__isnull', False)), fields=('batch', 'batch_row'), name='payment_row_once_in_batch'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'cancelled\', \'disputed\'), (\'completed\', \'disputed\'), (\'completed\', \'refunded\'), (\'confirmed\', \'completed\'), (\'confirmed\', \'disputed\'), (\'confirmed\', \'refunded\'), (\'disputed\', \'cancelled\'), (\'disputed\', \'completed\'), (\'disputed\', \'confirmed\'), (\'disputed\', \'failed\'), (\'disputed\', \'pending\'), (\'disputed\', \'refunded\'), (\'failed\', \'confirmed\'), (\'failed\', \'disputed\'), (\'pending\', \'cancelled\'), (\'pending\', \'confirmed\'), (\'pending\', \'disputed\'), (\'pending\', \'failed\'), (\'pending\', \'processing\'), (\'processing\', \'cancelled\'), (\'processing\', \'confirmed\'), (\'processing\', \'disputed\'), (\'processing\', \'failed\'), (\'processing\', \'pending\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{cancelled:disputed,completed:disputed,completed:refunded,confirmed:completed,confirmed:disputed,confirmed:refunded,disputed:cancelled,disputed:completed,disputed:confirmed,disputed:failed,disputed:pending,disputed:refunded,failed:confirmed,failed:disputed,pending:cancelled,pending:confirmed,pending:disputed,pending:failed,pending:processing,processing:cancelled,processing:confirmed,processing:disputed,processing:failed,processing:pending}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='7136ffb8fc734e35d91010d6ae85ebcc987863f0', operation='UPDATE', pgid='pgtrigger_payment_arrows_d25f4', table='gateway_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='19e109329e23ef930c952ecb50a36e21a9df3136', operation='DELETE', pgid='pgtrigger_payment_kept_for_good_00179', table='gateway_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_compared_anew', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.reconciled_at := NULL; RETURN NEW;', hash='7f91d10bac45d345693888064560f3c24eeb12f5', operation='UPDATE OF "status", "received_units", "accepted_units", "refunding_units", "refunded_micro"', pgid='pgtrigger_payment_compared_anew_8fbb7', table='gateway_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_fee_settled_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.settlement_id IS NOT NULL AND OLD.settlement_id IS DISTINCT FROM NEW.settlement_id)', func="\n            IF EXISTS (SELECT FROM gateway_settlement\n                        WHERE id = OLD.settlement_id AND status <> 'failed') THEN\n                RAISE EXCEPTION 'the fee of this payment is settled, or being settled';\n            END IF;\n            RETURN NEW;", hash='cf73a8504db459731a0fc085ff7b0555081da5bf', operation='UPDATE OF "settlement_id"', pgid='pgtrigger_payment_fee_settled_once_d5ae0', table='gateway_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_quote_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what a payment was quoted cannot be changed';", hash='8fe71f9354d97e9a14ac8eda666fd521ff13fbc9', operation='UPDATE OF "owner_id", "method", "payer_address", "payee_address", "amount_micro", "fee_micro", "net_micro", "fee_schedule_id", "reference_id", "deposit_id", "payer_wallet_id", "pay_currency", "pay_units", "rate_id", "expires_at", "from_block", "created_at"', pgid='pgtrigger_payment_quote_frozen_245fe', table='gateway_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_sum_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO gateway_paymentsumchange (owner_id, payments, successful, failed, volume, fees, refunded, took_ms)\n        SELECT owner_id, sum(payments), sum(successful), sum(failed), sum(volume), sum(fees), sum(refunded), sum(took_ms) FROM (SELECT owner_id, (1) AS payments, ((status = 'completed' OR completed_at IS NOT NULL)::int) AS successful, ((status IN ('failed', 'cancelled'))::int) AS failed, (CASE WHEN (status = 'completed' OR completed_at IS NOT NULL) THEN amount_micro ELSE 0 END) AS volume, (CASE WHEN (status = 'completed' OR completed_at IS NOT NULL) THEN fee_micro ELSE 0 END) AS fees, (refunded_micro) AS refunded, (greatest(coalesce(round(extract(epoch FROM completed_at - created_at) * 1000), 0), 0)) AS took_ms FROM new_rows) AS moved\n         GROUP BY owner_id HAVING sum(payments) <> 0 OR sum(successful) <> 0 OR sum(failed) <> 0 OR sum(volume) <> 0 OR sum(fees) <> 0 OR sum(refunded) <> 0 OR sum(took_ms) <> 0;\n        RETURN NULL;", hash='a55204da00d9b23c32ce85b7d51eda90102e1ac7', level='STATEMENT', operation='INSERT', pgid='pgtrigger_payment_sum_insert_b4263', referencing='REFERENCING NEW TABLE AS new_rows ', table='gateway_payment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_sum_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO gateway_paymentsumchange (owner_id, payments, successful, failed, volume, fees, refunded, took_ms)\n        SELECT owner_id, sum(payments), sum(successful), sum(failed), sum(volume), sum(fees), sum(refunded), sum(took_ms) FROM (SELECT owner_id, (1) AS payments, ((status = 'completed' OR completed_at IS NOT NULL)::int) AS successful, ((status IN ('failed', 'cancelled'))::int) AS failed, (CASE WHEN (status = 'completed' OR completed_at IS NOT NULL) THEN amount_micro ELSE 0 END) AS volume, (CASE WHEN (status = 'completed' OR completed_at IS NOT NULL) THEN fee_micro ELSE 0 END) AS fees, (refunded_micro) AS refunded, (greatest(coalesce(round(extract(epoch FROM completed_at - created_at) * 1000), 0), 0)) AS took_ms FROM new_rows UNION ALL SELECT owner_id, -(1) AS payments, -((status = 'completed' OR completed_at IS NOT NULL)::int) AS successful, -((status IN ('failed', 'cancelled'))::int) AS failed, -(CASE WHEN (status = 'completed' OR completed_at IS NOT NULL) THEN amount_micro ELSE 0 END) AS volume, -(CASE WHEN (status = 'completed' OR completed_at IS NOT NULL) THEN fee_micro ELSE 0 END) AS fees, -(refunded_micro) AS refunded, -(greatest(coalesce(round(extract(epoch FROM completed_at - created_at) * 1000), 0), 0)) AS took_ms FROM old_rows) AS moved\n         GROUP BY owner_id HAVING sum(payments) <> 0 OR sum(successful) <> 0 OR sum(failed) <> 0 OR sum(volume) <> 0 OR sum(fees) <> 0 OR sum(refunded) <> 0 OR sum(took_ms) <> 0;\n        RETURN NULL;", hash='64ae2bac278560b444e3cab2bc73a9dceccf8c4f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_payment_sum_update_94089', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='gateway_payment', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='sweep',
            index=models.Index(condition=models.Q(('status', 'wanted')), fields=['look_at'], name='sweep_to_sign'),
        ),
        migrations.AddIndex(
            model_name='sweep',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), ('lender__isnull', False)), fields=['id'], name='sweep_to_take_back'),
        ),
        migrations.AddConstraint(
            model_name='sweep',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('wanted', 'signed'))), fields=('address',), name='sweep_one_open_per_address'),
        ),
        migrations.AddConstraint(
            model_name='sweep',
            constraint=models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='sweep_is_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sweep',
            trigger=pgtrigger.compiler.Trigger(name='sweep_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'signed\', \'failed\'), (\'signed\', \'swept\'), (\'wanted\', \'failed\'), (\'wanted\', \'signed\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{signed:failed,signed:swept,wanted:failed,wanted:signed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='bb260eb11bee9a04f5080efc9b410010b1ddcc6d', operation='UPDATE', pgid='pgtrigger_sweep_arrows_beda9', table='gateway_sweep', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sweep',
            trigger=pgtrigger.compiler.Trigger(name='sweep_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ea3b4a8f7cf3fbba23b3b73d17fb80e6ed7276ee', operation='DELETE', pgid='pgtrigger_sweep_kept_for_good_dd3e1', table='gateway_sweep', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sweep',
            trigger=pgtrigger.compiler.Trigger(name='sweep_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what is swept cannot be changed';", hash='6b3d3482940ef2b31554c9f809cf7ffc08eca03e', operation='UPDATE OF "address_id", "asset", "units", "wallet_id"', pgid='pgtrigger_sweep_frozen_f56eb', table='gateway_sweep', when='BEFORE')),
        ),
    ]
