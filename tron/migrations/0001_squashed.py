"""The chain as it was read, and transactions of our own."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import tron.columns
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('tron', '0001_initial'),
        ('tron', '0002_nodes_and_halts'),
        ('tron', '0003_found'),
        ('tron', '0004_audit'),
        ('tron', '0005_retention'),
        ('tron', '0006_arrows'),
        ('tron', '0007_kinds'),
        ('tron', '0008_energy_staked'),
        ('tron', '0009_flows_by_address'),
        ('tron', '0010_pairs'),
        ('tron', '0011_bodies'),
    ]

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Halt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('operator', 'somebody pulled the kill switch'), ('outflow', 'money left a wallet without an order'), ('books', 'the ledger and the chain differ'), ('node', 'a node lied, or two contradict each other')], max_length=10)),
                ('subject', models.CharField(help_text='What it is about: a txid, a node, …', max_length=200)),
                ('reason', models.CharField(max_length=500)),
                ('by', models.CharField(help_text='A user, or the part of LucidPay that acted.', max_length=100)),
                ('at', models.DateTimeField()),
                ('lifted_by', models.CharField(blank=True, max_length=100)),
                ('lifted_reason', models.CharField(blank=True, max_length=500)),
                ('lifted_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='HaltAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('cause', models.CharField(choices=[('operator', 'somebody pulled the kill switch'), ('outflow', 'money left a wallet without an order'), ('books', 'the ledger and the chain differ'), ('node', 'a node lied, or two contradict each other')], max_length=10)),
                ('subject', models.CharField(help_text='What it is about: a txid, a node, …', max_length=200)),
                ('reason', models.CharField(max_length=500)),
                ('by', models.CharField(help_text='A user, or the part of LucidPay that acted.', max_length=100)),
                ('at', models.DateTimeField()),
                ('lifted_by', models.CharField(blank=True, max_length=100)),
                ('lifted_reason', models.CharField(blank=True, max_length=500)),
                ('lifted_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'halt audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='NodeAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('node', models.CharField(max_length=200)),
                ('outcome', models.CharField(max_length=20)),
                ('code', models.CharField(max_length=60)),
                ('message', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='NodeState',
            fields=[
                ('name', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('head_number', models.BigIntegerField(null=True)),
                ('head_time_ms', models.BigIntegerField(null=True)),
                ('solid_number', models.BigIntegerField(null=True)),
                ('peers', models.IntegerField(null=True)),
                ('latency_ms', models.PositiveIntegerField(null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='In a row.')),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('throttled_until', models.DateTimeField(null=True)),
                ('genesis_id', models.CharField(blank=True, help_text='Its block 0.', max_length=64)),
                ('looked_at', models.DateTimeField(help_text='When its heights were seen.', null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ScanCursor',
            fields=[
                ('genesis_id', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('first_number', models.BigIntegerField()),
                ('number', models.BigIntegerField()),
                ('block_id', models.CharField(max_length=64)),
                ('time_ms', models.BigIntegerField()),
                ('agreed_number', models.BigIntegerField()),
                ('solid_number', models.BigIntegerField(help_text="The node's solid head at the last look.")),
                ('head_number', models.BigIntegerField()),
                ('head_time_ms', models.BigIntegerField()),
                ('swept_number', models.BigIntegerField(default=0, help_text='Up to here only the blocks that a proof needs were kept.')),
                ('node', models.CharField(max_length=200)),
                ('seen_at', models.DateTimeField(help_text='When a node last answered.')),
            ],
        ),
        migrations.CreateModel(
            name='ScannedBlock',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('block_id', models.CharField(max_length=64)),
                ('parent_id', models.CharField(max_length=64)),
                ('time_ms', models.BigIntegerField()),
                ('transaction_count', models.PositiveIntegerField()),
                ('txids_hash', models.CharField(help_text='SHA-256 of its txids, in order.', max_length=64)),
                ('node', models.CharField(help_text='Who told it.', max_length=200)),
                ('agreed_by', models.CharField(blank=True, help_text='Who else told the same.', max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='WatchedAddress',
            fields=[
                ('address', models.CharField(max_length=34, primary_key=True, serialize=False)),
                ('body', tron.columns.AddressBody(of='address', unique=True)),
                ('from_block', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='WatchedPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sender', models.CharField(max_length=34)),
                ('recipient', models.CharField(max_length=34)),
                ('sender_body', tron.columns.AddressBody(of='sender')),
                ('recipient_body', tron.columns.AddressBody(of='recipient')),
                ('from_block', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='ChainFlow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('txid', models.CharField(max_length=64)),
                ('log_index', models.IntegerField()),
                ('asset', models.CharField(max_length=4)),
                ('sender', models.CharField(max_length=34)),
                ('recipient', models.CharField(blank=True, max_length=34)),
                ('units', models.BigIntegerField()),
                ('block_number', models.BigIntegerField()),
                ('block_time_ms', models.BigIntegerField()),
                ('booked_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('booked_at', None)), fields=['id'], name='chain_flow_to_book'), models.Index(fields=['sender', 'asset', 'id'], name='chain_flow_by_sender'), models.Index(fields=['recipient', 'asset', 'id'], name='chain_flow_by_recipient')],
                'constraints': [models.UniqueConstraint(fields=('txid', 'log_index'), name='chain_flow_once')],
            },
        ),
        migrations.CreateModel(
            name='ChainTransaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('txid', models.CharField(max_length=64, unique=True)),
                ('kind', models.CharField(choices=[('transfer', 'USDT transfer'), ('approve', 'USDT allowance'), ('transfer_trx', 'TRX transfer'), ('stake', 'stake'), ('unstake', 'unstake'), ('cancel_unstake', 'cancel what is being unstaked'), ('withdraw', 'withdraw what was unstaked'), ('delegate', 'delegate a resource'), ('undelegate', 'take a delegated resource back'), ('vote', 'vote'), ('claim_rewards', 'claim rewards'), ('update_permissions', "set the account's permissions")], default='transfer', max_length=20)),
                ('purpose', models.CharField(choices=[('payout', 'a payout'), ('operation', 'an operation of a wallet'), ('sweep', 'the sweeping of a deposit address')], default='payout', max_length=10)),
                ('subject', models.UUIDField(help_text='What it is for: the id of a payout or an operation.')),
                ('sender', models.CharField(max_length=34)),
                ('recipient', models.CharField(blank=True, max_length=34)),
                ('contract', models.CharField(blank=True, max_length=34)),
                ('amount_micro', models.BigIntegerField(help_text='Of USDT or TRX: both have six decimals.')),
                ('terms', models.JSONField(help_text='What else its kind needs: resource, votes, …', null=True)),
                ('memo', models.CharField(blank=True, max_length=200)),
                ('permission', models.JSONField(help_text='Who may sign, with which weights; none means the sender alone.', null=True)),
                ('fee_limit_sun', models.BigIntegerField()),
                ('energy_estimate', models.BigIntegerField(default=0, help_text='What it was expected to use.')),
                ('ref_block_number', models.BigIntegerField()),
                ('ref_block_id', models.CharField(max_length=64)),
                ('expiration_ms', models.BigIntegerField()),
                ('timestamp_ms', models.BigIntegerField()),
                ('signed_hex', models.TextField()),
                ('status', models.CharField(choices=[('awaiting', 'built and handed out; signatures are missing'), ('signed', 'signed, stored, never sent yet'), ('sent', 'sent at least once; the chain decides'), ('succeeded', 'solid, SUCCESS, exactly our transfer'), ('failed', 'solid, and the receipt proves that nothing was paid'), ('dead', 'proven never to be included'), ('contradicted', 'solid, but not our transfer: a person must look')], default='signed', max_length=12)),
                ('sends', models.PositiveIntegerField(default=0)),
                ('next_send_at', models.DateTimeField(null=True)),
                ('last_answer', models.CharField(blank=True, max_length=60)),
                ('found', models.CharField(blank=True, help_text='How it ended, by the node that told its block.', max_length=12)),
                ('result', models.CharField(blank=True, help_text='receipt.result', max_length=40)),
                ('block_number', models.BigIntegerField(null=True)),
                ('block_id', models.CharField(blank=True, max_length=64)),
                ('block_time_ms', models.BigIntegerField(null=True)),
                ('confirmations', models.PositiveIntegerField(null=True)),
                ('fee_sun', models.BigIntegerField(null=True)),
                ('energy_used', models.BigIntegerField(null=True)),
                ('energy_staked', models.BigIntegerField(help_text='Of it, what stake has paid for and nothing was burned for.', null=True)),
                ('proof', models.JSONField(help_text='Why it can never be included any more.', null=True)),
                ('created_at', models.DateTimeField()),
                ('final_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(help_text='Its end has been acted upon.', null=True)),
            ],
            options={
                'verbose_name': 'chain transaction',
                'indexes': [models.Index(condition=models.Q(('status__in', ('awaiting', 'signed', 'sent'))), fields=['next_send_at'], name='chain_tx_to_send'), models.Index(condition=models.Q(('status__in', ('awaiting', 'signed', 'sent'))), fields=['expiration_ms'], name='chain_tx_to_expire'), models.Index(condition=models.Q(('settled_at', None), ('status__in', ('succeeded', 'failed', 'dead', 'contradicted'))), fields=['id'], name='chain_tx_to_settle'), models.Index(fields=['subject'], name='chain_tx_by_subject'), models.Index(condition=models.Q(('status', 'succeeded'), _negated=True), fields=['status', 'id'], name='chain_tx_by_status'), models.Index(condition=models.Q(('status', 'dead')), fields=['ref_block_number'], name='chain_tx_dead_by_reference'), models.Index(condition=models.Q(('block_number__isnull', False)), fields=['block_number'], name='chain_tx_by_block')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ('failed', 'dead')), _negated=True), fields=('subject',), name='chain_tx_one_live_per_subject'), models.CheckConstraint(condition=models.Q(('amount_micro__gt', 0), models.Q(('amount_micro', 0), models.Q(('kind__in', ('transfer', 'transfer_trx')), _negated=True)), _connector='OR'), name='chain_tx_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('succeeded', 'failed')), _negated=True), models.Q(('block_number__isnull', False), ('block_time_ms__isnull', False)), _connector='OR'), name='chain_tx_end_has_block'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'dead'), _negated=True), ('proof__isnull', False), _connector='OR'), name='chain_tx_death_has_proof')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chaintransaction',
            trigger=pgtrigger.compiler.Trigger(name='chain_tx_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'awaiting\', \'contradicted\'), (\'awaiting\', \'dead\'), (\'awaiting\', \'failed\'), (\'awaiting\', \'signed\'), (\'awaiting\', \'succeeded\'), (\'sent\', \'contradicted\'), (\'sent\', \'dead\'), (\'sent\', \'failed\'), (\'sent\', \'succeeded\'), (\'signed\', \'contradicted\'), (\'signed\', \'dead\'), (\'signed\', \'failed\'), (\'signed\', \'sent\'), (\'signed\', \'succeeded\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{awaiting:contradicted,awaiting:dead,awaiting:failed,awaiting:signed,awaiting:succeeded,sent:contradicted,sent:dead,sent:failed,sent:succeeded,signed:contradicted,signed:dead,signed:failed,signed:sent,signed:succeeded}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='1ad6013c34399bee11576c1305662ddc16f9f0ed', operation='UPDATE', pgid='pgtrigger_chain_tx_arrows_d4320', table='tron_chaintransaction', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chaintransaction',
            trigger=pgtrigger.compiler.Trigger(name='chain_tx_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1de4cdf052ab7179c6d686231a5e122876f14f63', operation='DELETE', pgid='pgtrigger_chain_tx_kept_for_good_806e4', table='tron_chaintransaction', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chaintransaction',
            trigger=pgtrigger.compiler.Trigger(name='chain_tx_bytes_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what was signed cannot be changed';", hash='44d5b0c9c31794519a1bec75c9ce765fa5620d5f', operation='UPDATE OF "txid", "kind", "purpose", "subject", "sender", "recipient", "contract", "amount_micro", "fee_limit_sun", "timestamp_ms", "terms", "memo", "permission", "expiration_ms", "ref_block_id", "ref_block_number"', pgid='pgtrigger_chain_tx_bytes_frozen_64cc6', table='tron_chaintransaction', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chaintransaction',
            trigger=pgtrigger.compiler.Trigger(name='chain_tx_signatures_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'awaiting')", func="RAISE EXCEPTION 'what was signed cannot be changed';", hash='0058b82847c797760dfa5398d943e9c4e0860e4e', operation='UPDATE OF "signed_hex"', pgid='pgtrigger_chain_tx_signatures_frozen_43914', table='tron_chaintransaction', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='halt',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('cause', 'subject'), name='halt_open_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='halt',
            trigger=pgtrigger.compiler.Trigger(name='halt_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='69cc1121f7204eae6202a7687f0cf05f51e1fa15', operation='DELETE', pgid='pgtrigger_halt_kept_for_good_d82ca', table='tron_halt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='halt',
            trigger=pgtrigger.compiler.Trigger(name='halt_reason_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'why all stood still cannot be changed';", hash='3ce9facef29046dc2a44a56921b23286088cc2b8', operation='UPDATE OF "cause", "subject", "reason", "by", "at"', pgid='pgtrigger_halt_reason_frozen_8e0e4', table='tron_halt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='halt',
            trigger=pgtrigger.compiler.Trigger(name='halt_lifted_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."lifted_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='df55b9f62939e8bd11e9615311c4b3fd8d13bbc9', operation='UPDATE', pgid='pgtrigger_halt_lifted_for_good_b4a95', table='tron_halt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='halt',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tron_haltaudit" ("at", "by", "cause", "id", "lifted_at", "lifted_by", "lifted_reason", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "subject") VALUES (NEW."at", NEW."by", NEW."cause", NEW."id", NEW."lifted_at", NEW."lifted_by", NEW."lifted_reason", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."reason", NEW."subject"); RETURN NULL;', hash='e6a09b9ce4bb1d33375300f396a928c8b9115d7f', operation='INSERT', pgid='pgtrigger_audit_insert_113c1', table='tron_halt', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='halt',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "tron_haltaudit" ("at", "by", "cause", "id", "lifted_at", "lifted_by", "lifted_reason", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "subject") VALUES (NEW."at", NEW."by", NEW."cause", NEW."id", NEW."lifted_at", NEW."lifted_by", NEW."lifted_reason", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."reason", NEW."subject"); RETURN NULL;', hash='b264dc7ba8c80f277b451590f1df778807d7b41b', operation='UPDATE', pgid='pgtrigger_audit_update_2eef1', table='tron_halt', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='halt',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tron_haltaudit" ("at", "by", "cause", "id", "lifted_at", "lifted_by", "lifted_reason", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "subject") VALUES (OLD."at", OLD."by", OLD."cause", OLD."id", OLD."lifted_at", OLD."lifted_by", OLD."lifted_reason", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."reason", OLD."subject"); RETURN NULL;', hash='6acc877b6f90d86b1947a48b3dbb57bc444a5be4', operation='DELETE', pgid='pgtrigger_audit_delete_d5951', table='tron_halt', when='AFTER')),
        ),
        migrations.AddField(
            model_name='haltaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tron.halt'),
        ),
        migrations.AddField(
            model_name='nodeanswer',
            name='transaction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='tron.chaintransaction'),
        ),
        migrations.AddIndex(
            model_name='watchedpair',
            index=models.Index(fields=['recipient_body', 'sender_body'], name='watched_pair_by_bodies'),
        ),
        migrations.AddConstraint(
            model_name='watchedpair',
            constraint=models.UniqueConstraint(fields=('sender', 'recipient'), name='watched_pair_once'),
        ),
        migrations.AddIndex(
            model_name='haltaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='haltaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='haltaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7f8c787852b520ace9b620196afa77a7f6d8b6bc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_46d7f', table='tron_haltaudit', when='BEFORE')),
        ),
    ]
