"""Limits of a key hold for its line of rotations."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


LINES = """
UPDATE payouts_payout AS payout SET key_origin_id = key.origin_id
  FROM access_apikey AS key WHERE key.id = payout.api_key_id
"""
# What a line of keys has used is one sum now, and its newest limit is the limit of all.
WINDOWS = """
WITH moved AS (
  DELETE FROM payouts_limitwindow AS kept USING access_apikey AS key
   WHERE kept.kind = 'api_key' AND kept.subject = replace(key.id::text, '-', '')
     AND key.origin_id <> key.id
  RETURNING replace(key.origin_id::text, '-', '') AS subject, period, starts_at, used_micro)
INSERT INTO payouts_limitwindow AS kept (kind, subject, period, starts_at, used_micro)
SELECT 'api_key', subject, period, starts_at, sum(used_micro) FROM moved
 GROUP BY subject, period, starts_at
    ON CONFLICT (kind, subject, period, starts_at)
    DO UPDATE SET used_micro = kept.used_micro + excluded.used_micro, limit_micro = NULL
"""
OLDER_LIMITS = """
DELETE FROM payouts_limit AS kept USING access_apikey AS key
 WHERE kept.kind = 'api_key' AND kept.subject = replace(key.id::text, '-', '')
   AND EXISTS (
     SELECT FROM access_apikey AS newer JOIN payouts_limit AS other
         ON other.kind = 'api_key' AND other.subject = replace(newer.id::text, '-', '')
      WHERE newer.origin_id = key.origin_id AND newer.created_at > key.created_at)
"""
LIMITS = """
UPDATE payouts_limit AS kept SET subject = replace(key.origin_id::text, '-', '')
  FROM access_apikey AS key
 WHERE kept.kind = 'api_key' AND kept.subject = replace(key.id::text, '-', '')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0005_key_origin'),
        ('payouts', '0009_batches'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='payout',
            name='payout_limits_frozen',
        ),
        migrations.AddField(
            model_name='payout',
            name='key_origin_id',
            field=models.UUIDField(editable=False, help_text='The first key of its line: limits hold for the line.', null=True),
        ),
        migrations.AlterField(
            model_name='limit',
            name='subject',
            field=models.CharField(blank=True, help_text='A router, an address, or the id of a key or user; what is set for a key holds for those that follow it by rotation. Empty: everyone of this kind who has no limit of their own.', max_length=64),
        ),
        migrations.RunSQL([LINES, WINDOWS], migrations.RunSQL.noop),
        migrations.RunSQL([OLDER_LIMITS, LIMITS], migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_limits_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what a payout was reserved in cannot be changed';", hash='f318574e099e88d25e2c6dce5795cbe3a99cc2e5', operation='UPDATE OF "limit_kinds", "router_type", "api_key_id", "key_origin_id", "created_at"', pgid='pgtrigger_payout_limits_frozen_f220c', table='payouts_payout', when='BEFORE')),
        ),
    ]
