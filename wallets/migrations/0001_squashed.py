"""Wallets, the books, operations and deposits."""

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
        ('wallets', '0001_initial'),
        ('wallets', '0002_ledger'),
        ('wallets', '0003_audit'),
        ('wallets', '0004_retention'),
        ('wallets', '0005_entries'),
        ('wallets', '0006_resources'),
        ('wallets', '0007_arrows'),
        ('wallets', '0008_operations'),
        ('wallets', '0009_keys'),
        ('wallets', '0010_deposits'),
        ('wallets', '0011_weighed'),
        ('wallets', '0012_reason'),
    ]

    dependencies = [
        ('tron', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BalanceAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('below_units', models.BigIntegerField(help_text='Of base units (10⁻⁶).')),
                ('low_since', models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Deposit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('txid', models.CharField(max_length=64)),
                ('log_index', models.IntegerField()),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('units', models.BigIntegerField()),
                ('sender', models.CharField(blank=True, max_length=34)),
                ('is_ours', models.BooleanField(help_text="It came from a wallet of ours: for the network's fees.")),
                ('block_number', models.BigIntegerField()),
                ('block_time_ms', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField(null=True)),
                ('weighed_at', models.DateTimeField(help_text='When it was seen whether its address is worth emptying.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DepositAccountAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('network', models.CharField(max_length=20)),
                ('account', models.PositiveIntegerField(default=0)),
                ('public_key', models.CharField(blank=True, editable=False, max_length=120)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'deposit account audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DepositAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('index', models.BigIntegerField()),
                ('address', models.CharField(max_length=34, unique=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'deposit addresses',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('units', models.BigIntegerField()),
            ],
            options={
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.CreateModel(
            name='FundingSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=34)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('added_by', models.CharField(max_length=100)),
                ('added_at', models.DateTimeField()),
                ('removed_by', models.CharField(blank=True, max_length=100)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='FundingSourceAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('address', models.CharField(max_length=34)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('added_by', models.CharField(max_length=100)),
                ('added_at', models.DateTimeField()),
                ('removed_by', models.CharField(blank=True, max_length=100)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'funding source audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.UUIDField(help_text='What it is for: the id of a payout or an operation.')),
                ('units', models.BigIntegerField()),
                ('status', models.CharField(choices=[('open', 'open'), ('posted', 'posted'), ('voided', 'voided')], default='open', max_length=6)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Journal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('reference', models.CharField(help_text='What was booked, once.', max_length=100)),
                ('block_number', models.BigIntegerField(help_text='The solid block of it; none for what is not on chain.', null=True)),
                ('by', models.CharField(blank=True, help_text='The person, if one decided.', max_length=100)),
                ('note', models.CharField(blank=True, help_text='What that person said.', max_length=500)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='KeyRequest',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('words', 'the words of a new wallet'), ('backup', 'a backup of a key')], max_length=6)),
                ('words', models.PositiveSmallIntegerField(help_text='How many.', null=True)),
                ('reader', models.CharField(blank=True, help_text='Who can open the answer.', max_length=44)),
                ('sealed_password', models.TextField(blank=True)),
                ('sealed_words', models.TextField(blank=True)),
                ('keystore', models.JSONField(help_text="A key under its owner's password.", null=True)),
                ('error', models.CharField(blank=True, max_length=20)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Operation',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('approve', 'USDT allowance'), ('transfer_trx', 'TRX transfer'), ('stake', 'stake'), ('unstake', 'unstake'), ('cancel_unstake', 'cancel what is being unstaked'), ('withdraw', 'withdraw what was unstaked'), ('delegate', 'delegate a resource'), ('undelegate', 'take a delegated resource back'), ('vote', 'vote'), ('claim_rewards', 'claim rewards'), ('update_permissions', "set the account's permissions")], max_length=20)),
                ('status', models.CharField(choices=[('open', 'under way'), ('confirmed', 'done: it stands in a solid block'), ('failed', 'nothing was done')], default='open', max_length=10)),
                ('recipient', models.CharField(blank=True, max_length=34)),
                ('amount_micro', models.BigIntegerField(default=0, help_text='Of TRX, or of USDT to approve.')),
                ('terms', models.JSONField(help_text='What else its kind needs: resource, votes, …', null=True)),
                ('fee_limit_sun', models.BigIntegerField(default=0, help_text='For energy, as signed.')),
                ('burn_max_sun', models.BigIntegerField(default=0, help_text='The most the network may take for it beside the amount.')),
                ('once_key', models.CharField(help_text='What the platform itself asks for once at a time.', max_length=100, null=True)),
                ('by', models.CharField(help_text='A user, or the part of LucidPay that asked.', max_length=100)),
                ('request_id', models.CharField(blank=True, max_length=128)),
                ('reason', models.CharField(blank=True, help_text='Why a person asked for it.', max_length=500)),
                ('wait_reason', models.CharField(blank=True, max_length=200)),
                ('error_code', models.CharField(blank=True, max_length=20)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('block_number', models.BigIntegerField()),
                ('block_id', models.CharField(max_length=64)),
                ('chain_units', models.BigIntegerField()),
                ('ledger_units', models.BigIntegerField()),
                ('difference_units', models.BigIntegerField(help_text='Chain less books.')),
                ('node', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ResourceLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('energy', models.BigIntegerField()),
                ('bandwidth', models.BigIntegerField(help_text='Of its stake.')),
                ('free_bandwidth', models.BigIntegerField(help_text='Of what every account is given a day.')),
                ('node', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('block_number', models.BigIntegerField()),
                ('block_id', models.CharField(max_length=64)),
                ('usdt_micro', models.BigIntegerField()),
                ('trx_sun', models.BigIntegerField()),
                ('node', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, unique=True)),
                ('kind', models.CharField(choices=[('hot', 'hot: its key is here and signs by itself'), ('cold', 'cold: its key is kept offline'), ('hardware', 'hardware: its key is in a device'), ('multisig', 'multisig: several keys sign together'), ('watch', 'watch: looked at, never paid from')], default='hot', max_length=10)),
                ('address', models.CharField(max_length=34, null=True, unique=True)),
                ('network', models.CharField(max_length=20)),
                ('status', models.CharField(choices=[('awaiting_key', 'waits for a worker to make its key'), ('opening', 'waits for its opening balance at a solid block'), ('active', 'in use'), ('archived', 'out of use')], default='awaiting_key', max_length=14)),
                ('sealed_key', models.TextField(blank=True, editable=False)),
                ('signer_address', models.CharField(blank=True, editable=False, help_text="Whose key is sealed here, where it is not the wallet's own address.", max_length=34)),
                ('permission', models.JSONField(editable=False, help_text="The permission its key signs with; none means the owner's, alone.", null=True)),
                ('backed_up_at', models.DateTimeField(editable=False, null=True)),
                ('opened_at_block', models.BigIntegerField(editable=False, null=True)),
                ('last_timestamp_ms', models.BigIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='WalletAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('hot', 'hot: its key is here and signs by itself'), ('cold', 'cold: its key is kept offline'), ('hardware', 'hardware: its key is in a device'), ('multisig', 'multisig: several keys sign together'), ('watch', 'watch: looked at, never paid from')], default='hot', max_length=10)),
                ('address', models.CharField(max_length=34, null=True)),
                ('network', models.CharField(max_length=20)),
                ('status', models.CharField(choices=[('awaiting_key', 'waits for a worker to make its key'), ('opening', 'waits for its opening balance at a solid block'), ('active', 'in use'), ('archived', 'out of use')], default='awaiting_key', max_length=14)),
                ('signer_address', models.CharField(blank=True, editable=False, help_text="Whose key is sealed here, where it is not the wallet's own address.", max_length=34)),
                ('permission', models.JSONField(editable=False, help_text="The permission its key signs with; none means the owner's, alone.", null=True)),
                ('backed_up_at', models.DateTimeField(editable=False, null=True)),
                ('opened_at_block', models.BigIntegerField(editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'wallet audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('wallet', "a wallet's solid balance"), ('payouts', 'paid to recipients'), ('fees', 'burned for network fees'), ('funding', 'received from outside'), ('opening', 'there before the books began'), ('staked', 'TRX that is staked, or being unstaked'), ('rewards', 'rewards of votes'), ('sent', 'TRX sent to others'), ('suspense', 'unexplained: a person must say what it is'), ('deposits', 'what lies at deposit addresses'), ('payments', 'owed to payees and payers of payments under way'), ('earned', 'fees of payments, collected and not settled'), ('billed', 'fees that a merchant was billed'), ('due', 'fees billed and not collected'), ('merchant', 'what a merchant has with us'), ('swaps', 'exchanged for payers'), ('charged', 'network costs that payers have borne')], max_length=10)),
                ('asset', models.CharField(choices=[('USDT', 'USDT (TRC20)'), ('TRX', 'TRX')], max_length=4)),
                ('balance_units', models.BigIntegerField(default=0)),
                ('held_units', models.BigIntegerField(default=0)),
                ('owner', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='DepositAccount',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, unique=True)),
                ('network', models.CharField(max_length=20)),
                ('account', models.PositiveIntegerField(default=0)),
                ('public_key', models.CharField(blank=True, editable=False, max_length=120)),
                ('sealed_seed', models.TextField(blank=True, editable=False)),
                ('next_index', models.BigIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('public_key', ''), ('sealed_seed', '')), models.Q(models.Q(('public_key', ''), _negated=True), models.Q(('sealed_seed', ''), _negated=True)), _connector='OR'), name='deposit_account_has_both_or_none')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='deposit_account_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='0dd608ab771d0748744345b36f783eddb002b011', operation='DELETE', pgid='pgtrigger_deposit_account_kept_d9177', table='wallets_depositaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='deposit_public_key_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.public_key <> '')", func="RAISE EXCEPTION 'addresses have grown from this key';", hash='4cda82b39efcc38aad1911c53fb92f50e1ca2f34', operation='UPDATE OF "public_key", "account"', pgid='pgtrigger_deposit_public_key_frozen_127f7', table='wallets_depositaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "wallets_depositaccountaudit" ("account", "created_at", "id", "name", "network", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_key") VALUES (NEW."account", NEW."created_at", NEW."id", NEW."name", NEW."network", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."public_key"); RETURN NULL;', hash='9705dbb2e493847ef18cd5d60a3c6d038b42bee9', operation='INSERT', pgid='pgtrigger_audit_insert_c818d', table='wallets_depositaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."account" IS DISTINCT FROM (NEW."account") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."network" IS DISTINCT FROM (NEW."network") OR OLD."public_key" IS DISTINCT FROM (NEW."public_key"))', func='INSERT INTO "wallets_depositaccountaudit" ("account", "created_at", "id", "name", "network", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_key") VALUES (NEW."account", NEW."created_at", NEW."id", NEW."name", NEW."network", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."public_key"); RETURN NULL;', hash='dc0fb9b4581abb73dea7d8141b7fe3524e947c7f', operation='UPDATE', pgid='pgtrigger_audit_update_51494', table='wallets_depositaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "wallets_depositaccountaudit" ("account", "created_at", "id", "name", "network", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_key") VALUES (OLD."account", OLD."created_at", OLD."id", OLD."name", OLD."network", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."public_key"); RETURN NULL;', hash='5cbb2e1c94c2e5d0063a86c818e8976aab258393', operation='DELETE', pgid='pgtrigger_audit_delete_84a92', table='wallets_depositaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='audit_sealed_seed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_seed" IS DISTINCT FROM (NEW."sealed_seed"))', func='INSERT INTO "wallets_depositaccountaudit" ("account", "created_at", "id", "name", "network", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_key") VALUES (NEW."account", NEW."created_at", NEW."id", NEW."name", NEW."network", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'sealed_seed_changed\', NEW."id", NEW."public_key"); RETURN NULL;', hash='ca8b432298fe900f6cdeba34a472234606d08171', operation='UPDATE', pgid='pgtrigger_audit_sealed_seed_072da', table='wallets_depositaccount', when='AFTER')),
        ),
        migrations.AddField(
            model_name='depositaccountaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.depositaccount'),
        ),
        migrations.AddField(
            model_name='depositaddress',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.depositaccount'),
        ),
        migrations.AddField(
            model_name='deposit',
            name='address',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='wallets.depositaddress'),
        ),
        migrations.AddField(
            model_name='entry',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.account'),
        ),
        migrations.AddConstraint(
            model_name='fundingsource',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('address',), name='funding_source_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fundingsource',
            trigger=pgtrigger.compiler.Trigger(name='funding_source_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='59b846955691acfd96de221968e68d8648739ff2', operation='DELETE', pgid='pgtrigger_funding_source_kept_0c9a2', table='wallets_fundingsource', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fundingsource',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "wallets_fundingsourceaudit" ("added_at", "added_by", "address", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by") VALUES (NEW."added_at", NEW."added_by", NEW."address", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."removed_at", NEW."removed_by"); RETURN NULL;', hash='d52cca529377eff23c788613fb157b8cac458e9d', operation='INSERT', pgid='pgtrigger_audit_insert_90a7f', table='wallets_fundingsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fundingsource',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "wallets_fundingsourceaudit" ("added_at", "added_by", "address", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by") VALUES (NEW."added_at", NEW."added_by", NEW."address", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."removed_at", NEW."removed_by"); RETURN NULL;', hash='d7752e61b91820790b24d0718278892399dad9c0', operation='UPDATE', pgid='pgtrigger_audit_update_60a4d', table='wallets_fundingsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fundingsource',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "wallets_fundingsourceaudit" ("added_at", "added_by", "address", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by") VALUES (OLD."added_at", OLD."added_by", OLD."address", OLD."id", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."removed_at", OLD."removed_by"); RETURN NULL;', hash='4b232c9ef2046f8f98c5b42ea14d01d018261416', operation='DELETE', pgid='pgtrigger_audit_delete_56468', table='wallets_fundingsource', when='AFTER')),
        ),
        migrations.AddField(
            model_name='fundingsourceaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.fundingsource'),
        ),
        migrations.AddField(
            model_name='hold',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.account'),
        ),
        migrations.AddIndex(
            model_name='journal',
            index=models.Index(fields=['block_number'], name='journal_by_block'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.UniqueConstraint(fields=('kind', 'reference'), name='journal_once'),
        ),
        migrations.AddField(
            model_name='entry',
            name='journal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='wallets.journal'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journal',
            trigger=pgtrigger.compiler.Trigger(name='journal_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1059a6a8a47e32416013ff0b9ad6d76a3cddb459', operation='UPDATE OR DELETE', pgid='pgtrigger_journal_append_only_f80fd', table='wallets_journal', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='keyrequest',
            name='owner',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='operation',
            name='owner',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='operation',
            name='transaction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='tron.chaintransaction'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'active'), _negated=True), models.Q(('address__isnull', False), ('opened_at_block__isnull', False)), _connector='OR'), name='wallet_active_is_opened'),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='wallet',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='resourcelook',
            name='wallet',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='operation',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='keyrequest',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='balancealert',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='account',
            name='wallet',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wallet',
            trigger=pgtrigger.compiler.Trigger(name='wallet_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='f6ed8a9c68436ca85692b595c75bf8240fbffbd9', operation='DELETE', pgid='pgtrigger_wallet_kept_for_good_de4e6', table='wallets_wallet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wallet',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "wallets_walletaudit" ("address", "backed_up_at", "created_at", "id", "kind", "name", "network", "opened_at_block", "permission", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "signer_address", "status") VALUES (NEW."address", NEW."backed_up_at", NEW."created_at", NEW."id", NEW."kind", NEW."name", NEW."network", NEW."opened_at_block", NEW."permission", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."signer_address", NEW."status"); RETURN NULL;', hash='fe9714270e4cd2ff95a481187a2b1ed21bcde8bd', operation='INSERT', pgid='pgtrigger_audit_insert_2133c', table='wallets_wallet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wallet',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."backed_up_at" IS DISTINCT FROM (NEW."backed_up_at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."network" IS DISTINCT FROM (NEW."network") OR OLD."opened_at_block" IS DISTINCT FROM (NEW."opened_at_block") OR OLD."permission" IS DISTINCT FROM (NEW."permission") OR OLD."signer_address" IS DISTINCT FROM (NEW."signer_address") OR OLD."status" IS DISTINCT FROM (NEW."status"))', func='INSERT INTO "wallets_walletaudit" ("address", "backed_up_at", "created_at", "id", "kind", "name", "network", "opened_at_block", "permission", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "signer_address", "status") VALUES (NEW."address", NEW."backed_up_at", NEW."created_at", NEW."id", NEW."kind", NEW."name", NEW."network", NEW."opened_at_block", NEW."permission", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."signer_address", NEW."status"); RETURN NULL;', hash='d0f82543bf816b429a890a23c90070dafec36fb1', operation='UPDATE', pgid='pgtrigger_audit_update_15362', table='wallets_wallet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wallet',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "wallets_walletaudit" ("address", "backed_up_at", "created_at", "id", "kind", "name", "network", "opened_at_block", "permission", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "signer_address", "status") VALUES (OLD."address", OLD."backed_up_at", OLD."created_at", OLD."id", OLD."kind", OLD."name", OLD."network", OLD."opened_at_block", OLD."permission", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."signer_address", OLD."status"); RETURN NULL;', hash='a6cb8e145b8d98f5983303113e33b0525a3b18f9', operation='DELETE', pgid='pgtrigger_audit_delete_f6794', table='wallets_wallet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wallet',
            trigger=pgtrigger.compiler.Trigger(name='audit_sealed_key', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_key" IS DISTINCT FROM (NEW."sealed_key"))', func='INSERT INTO "wallets_walletaudit" ("address", "backed_up_at", "created_at", "id", "kind", "name", "network", "opened_at_block", "permission", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "signer_address", "status") VALUES (NEW."address", NEW."backed_up_at", NEW."created_at", NEW."id", NEW."kind", NEW."name", NEW."network", NEW."opened_at_block", NEW."permission", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'sealed_key_changed\', NEW."id", NEW."signer_address", NEW."status"); RETURN NULL;', hash='b0796a3dea27e4f9c8e2c8f0281229a26bbe71fa', operation='UPDATE', pgid='pgtrigger_audit_sealed_key_eec27', table='wallets_wallet', when='AFTER')),
        ),
        migrations.AddField(
            model_name='walletaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.wallet'),
        ),
        migrations.AddIndex(
            model_name='depositaccountaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='depositaccountaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccountaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4871c8578a663731e17db2110c9230cffd2c8c78', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ff5a6', table='wallets_depositaccountaudit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='depositaddress',
            constraint=models.UniqueConstraint(fields=('account', 'index'), name='deposit_index_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaddress',
            trigger=pgtrigger.compiler.Trigger(name='deposit_address_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='13ec5060d0fca062c7b3d9bcf567cd6e1a0ab4e5', operation='UPDATE OR DELETE', pgid='pgtrigger_deposit_address_for_good_8efcf', table='wallets_depositaddress', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='deposit',
            index=models.Index(condition=models.Q(('is_ours', False), ('taken_at', None)), fields=['id'], name='deposit_to_take'),
        ),
        migrations.AddIndex(
            model_name='deposit',
            index=models.Index(condition=models.Q(('is_ours', False), ('weighed_at', None)), fields=['id'], name='deposit_to_weigh'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.UniqueConstraint(fields=('txid', 'log_index'), name='deposit_once'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='deposit_is_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deposit',
            trigger=pgtrigger.compiler.Trigger(name='deposit_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c4d0832c56114b488e845b050958ea9221f4dd02', operation='DELETE', pgid='pgtrigger_deposit_kept_for_good_8d98f', table='wallets_deposit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deposit',
            trigger=pgtrigger.compiler.Trigger(name='deposit_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what came in cannot be changed';", hash='f0224d589999f9d0896cdd77b155966d3b013e5e', operation='UPDATE OF "address_id", "txid", "log_index", "asset", "units", "sender", "is_ours", "block_number"', pgid='pgtrigger_deposit_frozen_50406', table='wallets_deposit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='fundingsourceaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='fundingsourceaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fundingsourceaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f8b6253d47b756a3110f079043d99304c1add3d1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_de35a', table='wallets_fundingsourceaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(fields=['subject'], name='hold_by_subject'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('status', 'posted'), _negated=True), fields=['status', 'id'], name='hold_by_status'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('subject', 'account'), name='hold_one_open_per_subject'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('units__gte', 0)), name='hold_not_negative'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hold',
            trigger=pgtrigger.compiler.Trigger(name='hold_ends_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'open\', \'posted\'), (\'open\', \'voided\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{open:posted,open:voided}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='97d50cdfebce3ba06a35a8f1ceb4c89a2ff2332b', operation='UPDATE', pgid='pgtrigger_hold_ends_once_968be', table='wallets_hold', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hold',
            trigger=pgtrigger.compiler.Trigger(name='hold_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='88cc73d312e4dabb8ee63789577ed91165f62f4c', operation='DELETE', pgid='pgtrigger_hold_kept_for_good_34752', table='wallets_hold', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entry',
            trigger=pgtrigger.compiler.Trigger(name='entry_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b543021c1bf3ebc35bd2ef5c8008b818b242334a', operation='UPDATE OR DELETE', pgid='pgtrigger_entry_append_only_1bf05', table='wallets_entry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entry',
            trigger=pgtrigger.compiler.Trigger(name='entries_sum_to_zero', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE unbalanced bigint;', func="\n                    SELECT journal_id INTO unbalanced FROM new_rows\n                     GROUP BY journal_id, asset HAVING sum(units) <> 0 LIMIT 1;\n                    IF FOUND THEN\n                        RAISE EXCEPTION 'journal % does not sum to zero', unbalanced;\n                    END IF;\n                    RETURN NULL;\n                ", hash='e06accf92ab727ab38eb269dedb758dbac2307a6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_entries_sum_to_zero_2ac2a', referencing='REFERENCING NEW TABLE AS new_rows ', table='wallets_entry', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.UniqueConstraint(fields=('wallet', 'asset', 'block_number'), name='reconciliation_once'),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.CheckConstraint(condition=models.Q(('difference_units', django.db.models.expressions.CombinedExpression(models.F('chain_units'), '-', models.F('ledger_units')))), name='reconciliation_difference'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reconciliation',
            trigger=pgtrigger.compiler.Trigger(name='reconciliation_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ed882a6070952647716606235a9162055f5838d8', operation='UPDATE OR DELETE', pgid='pgtrigger_reconciliation_append_only_00865', table='wallets_reconciliation', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('status', 'open'), ('transaction', None)), fields=['wallet', 'id'], name='operation_to_sign'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['wallet', 'kind', 'id'], name='operation_by_wallet'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micro__gte', 0), ('burn_max_sun__gte', 0), ('fee_limit_sun__gte', 0)), name='operation_amounts_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='operation_end_has_time'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'confirmed'), _negated=True), ('transaction__isnull', False), _connector='OR'), name='operation_done_has_transaction'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.UniqueConstraint(condition=models.Q(('once_key__isnull', False), ('status', 'open')), fields=('once_key',), name='operation_one_open_per_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='operation',
            trigger=pgtrigger.compiler.Trigger(name='operation_ends_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'open\', \'confirmed\'), (\'open\', \'failed\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{open:confirmed,open:failed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='590167bf3aec2dd0ab36bcff44beac51027906e4', operation='UPDATE', pgid='pgtrigger_operation_ends_once_9a01f', table='wallets_operation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='operation',
            trigger=pgtrigger.compiler.Trigger(name='operation_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='334599cf04ed2ffda68c9c1c1dd3cb6734620eec', operation='DELETE', pgid='pgtrigger_operation_kept_for_good_12800', table='wallets_operation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='operation',
            trigger=pgtrigger.compiler.Trigger(name='operation_order_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what was ordered cannot be changed';", hash='7a83c73ca14cb7d0e7b34dc32f9a8c4820c038b9', operation='UPDATE OF "wallet_id", "kind", "recipient", "amount_micro", "terms", "fee_limit_sun"', pgid='pgtrigger_operation_order_frozen_2cee4', table='wallets_operation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='keyrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'words'), ('words__isnull', False), models.Q(('reader', ''), _negated=True)), models.Q(('kind', 'backup'), ('reader', ''), ('words', None)), _connector='OR'), name='key_request_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='keyrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'words')), fields=('wallet',), name='key_request_words_once'),
        ),
        migrations.AddConstraint(
            model_name='keyrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'backup')), fields=('wallet', 'owner'), name='key_request_backup_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='balancealert',
            constraint=models.UniqueConstraint(fields=('wallet', 'asset'), name='balance_alert_once'),
        ),
        migrations.AddConstraint(
            model_name='balancealert',
            constraint=models.CheckConstraint(condition=models.Q(('below_units__gt', 0)), name='balance_alert_positive'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('kind', 'wallet', 'owner', 'asset'), name='account_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'wallet'), ('wallet__isnull', False)), models.Q(('wallet__isnull', True), models.Q(('kind', 'wallet'), _negated=True)), _connector='OR'), name='account_wallet_has_wallet'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('merchant', 'billed')), ('owner__isnull', False)), models.Q(('owner__isnull', True), models.Q(('kind__in', ('merchant', 'billed')), _negated=True)), _connector='OR'), name='account_merchant_has_owner'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'merchant'), _negated=True), ('balance_units__lte', 0), _connector='OR'), name='account_merchant_not_overdrawn'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('held_units__gte', 0)), name='account_held_positive'),
        ),
        migrations.AddIndex(
            model_name='walletaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='walletaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='walletaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9bb5486a62fef362490391d12176d4d3f52aaa9b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f775c', table='wallets_walletaudit', when='BEFORE')),
        ),
    ]
