"""Lending of energy."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('staking', '0001_initial'),
    ]

    dependencies = [
        ('wallets', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='DelegationPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enabled', models.BooleanField(default=True)),
                ('most_trx', models.PositiveBigIntegerField(help_text='Never lend more than this, in whole TRX.')),
                ('least_trx', models.PositiveBigIntegerField(default=100, help_text='Never lend less than this at once, in whole TRX.')),
                ('hot_wallet', models.OneToOneField(help_text='Whose payouts need energy.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet')),
                ('staking_wallet', models.ForeignKey(help_text='Whose stake is lent. Its TRX stay there.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet')),
            ],
            options={
                'verbose_name_plural': 'delegation policies',
            },
        ),
        migrations.CreateModel(
            name='DelegationPolicyAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('enabled', models.BooleanField(default=True)),
                ('most_trx', models.PositiveBigIntegerField(help_text='Never lend more than this, in whole TRX.')),
                ('least_trx', models.PositiveBigIntegerField(default=100, help_text='Never lend less than this at once, in whole TRX.')),
                ('hot_wallet', models.ForeignKey(db_constraint=False, help_text='Whose payouts need energy.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='wallets.wallet')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='staking.delegationpolicy')),
                ('staking_wallet', models.ForeignKey(db_constraint=False, help_text='Whose stake is lent. Its TRX stay there.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='wallets.wallet')),
            ],
            options={
                'verbose_name': 'delegation policy audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='EnergyWanted',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('energy', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('needed_at', models.DateTimeField(help_text='When it last was more than nothing.', null=True)),
                ('wallet', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet')),
            ],
        ),
        migrations.AddConstraint(
            model_name='delegationpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('staking_wallet', models.F('hot_wallet')), _negated=True), name='delegation_to_another'),
        ),
        migrations.AddConstraint(
            model_name='delegationpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('least_trx__gte', 1), ('most_trx__gte', models.F('least_trx')), ('most_trx__lte', 1000000000)), name='delegation_bounds'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delegationpolicy',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "staking_delegationpolicyaudit" ("enabled", "hot_wallet_id", "id", "least_trx", "most_trx", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "staking_wallet_id") VALUES (NEW."enabled", NEW."hot_wallet_id", NEW."id", NEW."least_trx", NEW."most_trx", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."staking_wallet_id"); RETURN NULL;', hash='0d56f6cd942523adefd09ea4baed42348e5ef0d1', operation='INSERT', pgid='pgtrigger_audit_insert_40184', table='staking_delegationpolicy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delegationpolicy',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "staking_delegationpolicyaudit" ("enabled", "hot_wallet_id", "id", "least_trx", "most_trx", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "staking_wallet_id") VALUES (NEW."enabled", NEW."hot_wallet_id", NEW."id", NEW."least_trx", NEW."most_trx", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."staking_wallet_id"); RETURN NULL;', hash='adcf05fdce24ad2fbd005f664bfc4539c52f4b9d', operation='UPDATE', pgid='pgtrigger_audit_update_e486c', table='staking_delegationpolicy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delegationpolicy',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "staking_delegationpolicyaudit" ("enabled", "hot_wallet_id", "id", "least_trx", "most_trx", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "staking_wallet_id") VALUES (OLD."enabled", OLD."hot_wallet_id", OLD."id", OLD."least_trx", OLD."most_trx", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."staking_wallet_id"); RETURN NULL;', hash='82869130cf5a7436c76b1651832e473c55bf34b0', operation='DELETE', pgid='pgtrigger_audit_delete_1613e', table='staking_delegationpolicy', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='delegationpolicyaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='delegationpolicyaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delegationpolicyaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3c00bc7bb97c110f1e18e27a98eaf9fd53b6d163', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_72b7e', table='staking_delegationpolicyaudit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='energywanted',
            constraint=models.CheckConstraint(condition=models.Q(('energy__gte', 0)), name='energy_wanted_not_negative'),
        ),
    ]
