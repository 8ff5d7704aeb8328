from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

# Whole USDT an hour and a day, from each wallet.
HOURLY, DAILY = 10_000, 50_000
# What all attempts have cost: payouts' updates count it from now on.
LOCK = "LOCK TABLE payouts_payout IN SHARE ROW EXCLUSIVE MODE"
COUNT_COSTS = """
    INSERT INTO payouts_tallydelta (owner_id, router_type, hour, measure, bucket, count, total)
    SELECT owner_id, router_type, date_trunc('hour', payout.created_at, 'UTC'), cost.measure, 0,
           count(*), sum(cost.total)
      FROM payouts_payout AS payout
      JOIN tron_chaintransaction AS tx
        ON tx.subject = payout.id AND tx.status IN ('succeeded', 'failed')
       AND tx.settled_at IS NOT NULL
     CROSS JOIN LATERAL (VALUES ('fee', fee_sun), ('energy', energy_used)) AS cost (measure, total)
     WHERE cost.total > 0
     GROUP BY 1, 2, 3, 4
"""


def limit_transfers(apps, schema_editor):
    apps.get_model("payouts", "Limit").objects.create(
        kind="transfer",
        subject="",
        hourly_micro=HOURLY * 1_000_000,
        daily_micro=DAILY * 1_000_000,
        changed_by="migration",
        changed_at=timezone.now(),
    )


def trust_as_before(apps, schema_editor):
    """Let addresses be trusted that a person had put on the list in the admin."""
    TrustedRecipient = apps.get_model("payouts", "TrustedRecipient")
    TrustedRecipient.objects.filter(approved_at=None).update(
        approved_by=Coalesce(NullIf(F("added_by"), Value("")), Value("unknown")), approved_at=F("added_at")
    )


class Migration(migrations.Migration):

    dependencies = [
        ('payouts', '0016_routed'),
        ('tron', '0008_energy_staked'),
    ]

    operations = [
        migrations.RunPython(limit_transfers, migrations.RunPython.noop),
        migrations.RunPython(trust_as_before, migrations.RunPython.noop),
        migrations.RunSQL([LOCK, COUNT_COSTS], migrations.RunSQL.noop),
    ]
