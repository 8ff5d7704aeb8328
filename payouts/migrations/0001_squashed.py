"""Payouts, batches, limits, reviews, with what guards, counts and tells of them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import lucidpay.api.json
import lucidpay.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


ROUTERS = ("PayoutRouterV0", "PayoutRouterKYC", "PayoutRouterDirect", "PayoutRouterGateway")


def make_routers(apps, schema_editor):
    """The routers exist from the start; a wallet is given to them when there is one."""
    Router = apps.get_model("payouts", "Router")
    for name in ROUTERS:
        Router.objects.get_or_create(type=name)


# Whole USDT an hour and a day; of transfers, from each wallet.
LIMITS = {
    ("router", "PayoutRouterV0"): (10_000, 10_000),
    ("router", "PayoutRouterKYC"): (25_000, 50_000),
    ("transfer", ""): (10_000, 50_000),
}


def make_limits(apps, schema_editor):
    Limit = apps.get_model("payouts", "Limit")
    for (kind, subject), (hourly, daily) in LIMITS.items():
        Limit.objects.create(
            kind=kind,
            subject=subject,
            hourly_micro=hourly * 1_000_000,
            daily_micro=daily * 1_000_000,
            changed_by="migration",
            changed_at=timezone.now(),
        )


# On mainnet only; elsewhere the same people are paid again and again.
MAINNET_ONLY = ("first_payment", "duplicate")
RULES = {
    "large_amount": 5_000,
    "day_total": 1_000_000,
    "own_address": None,
    "look_alike": None,
    "first_payment": None,
    "duplicate": 24,
    "blacklisted": None,
    "contract": None,
}


def make_rules(apps, schema_editor):
    ReviewRule = apps.get_model("payouts", "ReviewRule")
    on_mainnet = settings.TRON_NETWORK == "mainnet"
    for code, parameter in RULES.items():
        enabled = on_mainnet or code not in MAINNET_ONLY
        ReviewRule.objects.create(code=code, enabled=enabled, parameter=parameter)


# Kind of batch: minute hour day month weekday, in UTC.
SCHEDULES = {"HOURLY": "0 * * * *", "DAILY": "0 0 * * *", "WEEKLY": "0 0 * * 1"}


def make_schedules(apps, schema_editor):
    """The schedules exist from the start; operators edit them."""
    Crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    Schedule = apps.get_model("payouts", "ReleaseSchedule")
    for batch_type, text in SCHEDULES.items():
        names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        crontab = Crontab.objects.create(timezone="UTC", **dict(zip(names, text.split())))
        Task.objects.get_or_create(
            name=f"release {batch_type}",
            defaults={"task": "payouts.release", "crontab": crontab, "expire_seconds": 60},
        )
        Schedule.objects.get_or_create(
            batch_type=batch_type, defaults={"crontab": text, "changed_at": timezone.now()}
        )


class Migration(migrations.Migration):

    initial = True

    # A database that all of these were applied to is up to date.
    replaces = [
        ('payouts', '0001_initial'),
        ('payouts', '0002_routers'),
        ('payouts', '0003_payout_failures'),
        ('payouts', '0004_retry_frozen'),
        ('payouts', '0005_audit'),
        ('payouts', '0006_limits'),
        ('payouts', '0007_review'),
        ('payouts', '0008_tallies'),
        ('payouts', '0009_batches'),
        ('payouts', '0010_key_origin'),
        ('payouts', '0011_energy'),
        ('payouts', '0012_policy_audit'),
        ('payouts', '0013_indexes'),
        ('payouts', '0014_arrows'),
        ('payouts', '0015_memo'),
        ('payouts', '0016_routed'),
        ('payouts', '0017_routed_defaults'),
        ('payouts', '0018_payments'),
        ('payouts', '0019_uploads'),
    ]

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('access', '0001_squashed'),
        ('tron', '0001_squashed'),
        ('wallets', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ApprovalTierAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('from_amount_micro', models.BigIntegerField(help_text='1 000 000 is one USDT.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000000000000)], verbose_name='from amount (micro-USDT)')),
                ('approvals_needed', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
            ],
            options={
                'verbose_name': 'approval tier audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, db_default='', help_text='What people call it.', max_length=100)),
                ('router_type', models.CharField(blank=True, choices=[('PayoutRouterV0', 'V0'), ('PayoutRouterKYC', 'KYC'), ('PayoutRouterDirect', 'direct'), ('PayoutRouterGateway', 'gateway')], help_text='Empty: chosen for each payout.', max_length=24)),
                ('priority', models.PositiveSmallIntegerField(choices=[(0, 'URGENT'), (1, 'HIGH'), (2, 'NORMAL'), (3, 'LOW')], default=2)),
                ('batch_type', models.CharField(choices=[('IMMEDIATE', 'at once'), ('HOURLY', 'at the next full hour'), ('DAILY', 'at the next 00:00 UTC'), ('WEEKLY', 'on the next Monday, 00:00 UTC')], default='HOURLY', max_length=10)),
                ('total_payouts', models.PositiveIntegerField()),
                ('total_amount_micro', models.BigIntegerField()),
                ('rows_stored', models.PositiveIntegerField(help_text='How many of its payouts are in.')),
                ('due_at', models.DateTimeField(help_text='When it is released.')),
                ('filled_at', models.DateTimeField(help_text='When its last payout was in; none is signed before.', null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('released_at', models.DateTimeField(help_text='When somebody released it by hand.', null=True)),
                ('cancelled_at', models.DateTimeField(help_text='When somebody cancelled what was left of it.', null=True)),
                ('completed_at', models.DateTimeField(help_text='When its end was announced: a mark against a second time.', null=True)),
                ('file_key', models.CharField(editable=False, max_length=64, null=True)),
                ('body_hash', models.CharField(editable=False, max_length=64)),
                ('request_id', models.CharField(max_length=128)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'batches',
            },
        ),
        migrations.CreateModel(
            name='BatchEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('created', 'asked for'), ('filled', 'all payouts are in'), ('paused', 'paused'), ('resumed', 'resumed'), ('released', 'released by hand'), ('cancelled', 'what was left is cancelled'), ('completed', 'all payouts have ended'), ('approved', 'what waited was approved'), ('rejected', 'what waited was rejected'), ('retried', 'what failed was asked for again')], max_length=10)),
                ('by', models.CharField(help_text='A user, or the part of LucidPay that acted.', max_length=100)),
                ('details', models.JSONField(default=dict)),
                ('request_id', models.CharField(blank=True, max_length=128)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='BatchUpload',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='What it pays for.', max_length=100)),
                ('filename', models.CharField(max_length=200)),
                ('format', models.CharField(choices=[('csv', 'csv'), ('xlsx', 'xlsx')], max_length=4)),
                ('content', models.BinaryField(help_text='Nothing, once it was forgotten.', null=True)),
                ('size_bytes', models.PositiveIntegerField()),
                ('sha256', models.CharField(help_text='Of the content, in hex.', max_length=64)),
                ('router_type', models.CharField(blank=True, choices=[('PayoutRouterV0', 'V0'), ('PayoutRouterKYC', 'KYC'), ('PayoutRouterDirect', 'direct'), ('PayoutRouterGateway', 'gateway')], help_text='Empty: chosen for each payout.', max_length=24)),
                ('priority', models.PositiveSmallIntegerField(choices=[(0, 'URGENT'), (1, 'HIGH'), (2, 'NORMAL'), (3, 'LOW')], default=2)),
                ('batch_type', models.CharField(choices=[('IMMEDIATE', 'at once'), ('HOURLY', 'at the next full hour'), ('DAILY', 'at the next 00:00 UTC'), ('WEEKLY', 'on the next Monday, 00:00 UTC')], default='HOURLY', max_length=10)),
                ('columns', models.JSONField(default=dict, help_text='Where each of our columns stands, from 0.')),
                ('has_header', models.BooleanField(default=True)),
                ('round', models.PositiveIntegerField(default=0, help_text='How often it was given to be checked; an older check counts no more.')),
                ('checked_at', models.DateTimeField(null=True)),
                ('report', models.JSONField(help_text='What the check found.', null=True)),
                ('faults', models.BinaryField(help_text='All that is wrong with its rows, as CSV.', null=True)),
                ('left_out', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=list, help_text='Numbers of the rows not paid.', size=None)),
                ('rows_done', models.PositiveIntegerField(default=0, help_text='How far the worker is.')),
                ('busy_until', models.DateTimeField(help_text='A worker is at it; if it dies, another may go on then.', null=True)),
                ('trouble', models.CharField(blank=True, help_text='Why its rows are not all stored yet.', max_length=300)),
                ('created_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(help_text='When its last row was in, or its batch was cancelled before.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BatchUploadAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, serialize=False)),
                ('name', models.CharField(help_text='What it pays for.', max_length=100)),
                ('filename', models.CharField(max_length=200)),
                ('format', models.CharField(choices=[('csv', 'csv'), ('xlsx', 'xlsx')], max_length=4)),
                ('size_bytes', models.PositiveIntegerField()),
                ('sha256', models.CharField(help_text='Of the content, in hex.', max_length=64)),
                ('router_type', models.CharField(blank=True, choices=[('PayoutRouterV0', 'V0'), ('PayoutRouterKYC', 'KYC'), ('PayoutRouterDirect', 'direct'), ('PayoutRouterGateway', 'gateway')], help_text='Empty: chosen for each payout.', max_length=24)),
                ('priority', models.PositiveSmallIntegerField(choices=[(0, 'URGENT'), (1, 'HIGH'), (2, 'NORMAL'), (3, 'LOW')], default=2)),
                ('batch_type', models.CharField(choices=[('IMMEDIATE', 'at once'), ('HOURLY', 'at the next full hour'), ('DAILY', 'at the next 00:00 UTC'), ('WEEKLY', 'on the next Monday, 00:00 UTC')], default='HOURLY', max_length=10)),
                ('columns', models.JSONField(default=dict, help_text='Where each of our columns stands, from 0.')),
                ('has_header', models.BooleanField(default=True)),
                ('round', models.PositiveIntegerField(default=0, help_text='How often it was given to be checked; an older check counts no more.')),
                ('created_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'batch upload audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BreakerTrip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('router_type', models.CharField(blank=True, help_text='Empty: all routers.', max_length=24)),
                ('reason', models.CharField(max_length=200)),
                ('by', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('reset_reason', models.CharField(blank=True, max_length=200)),
                ('reset_by', models.CharField(blank=True, max_length=100)),
                ('reset_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BreakerTripAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('router_type', models.CharField(blank=True, help_text='Empty: all routers.', max_length=24)),
                ('reason', models.CharField(max_length=200)),
                ('by', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('reset_reason', models.CharField(blank=True, max_length=200)),
                ('reset_by', models.CharField(blank=True, max_length=100)),
                ('reset_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'breaker trip audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='KycRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=34)),
                ('kyc_hash', models.CharField(help_text='SHA-256 of the evidence, in hex.', max_length=64)),
                ('level', models.PositiveSmallIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'waits for somebody to look at it'), ('approved', 'approved'), ('revoked', 'revoked')], default='pending', max_length=8)),
                ('added_by', models.CharField(max_length=100)),
                ('added_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=100)),
                ('approved_at', models.DateTimeField(null=True)),
                ('revoked_by', models.CharField(blank=True, max_length=100)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': 'KYC record',
            },
        ),
        migrations.CreateModel(
            name='KycRecordAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('address', models.CharField(max_length=34)),
                ('kyc_hash', models.CharField(help_text='SHA-256 of the evidence, in hex.', max_length=64)),
                ('level', models.PositiveSmallIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'waits for somebody to look at it'), ('approved', 'approved'), ('revoked', 'revoked')], default='pending', max_length=8)),
                ('added_by', models.CharField(max_length=100)),
                ('added_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=100)),
                ('approved_at', models.DateTimeField(null=True)),
                ('revoked_by', models.CharField(blank=True, max_length=100)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': 'KYC record audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Limit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('router', 'router'), ('lifted', 'router, for keys whose limits are lifted'), ('api_key', 'API key'), ('caller', 'caller'), ('recipient', 'recipient'), ('trusted', 'trusted recipient'), ('transfer', 'transfers from a wallet')], max_length=10)),
                ('subject', models.CharField(blank=True, help_text='A router, an address, or the id of a key, user or wallet; what is set for a key holds for those that follow it by rotation. Empty: everyone of this kind who has no limit of their own.', max_length=64)),
                ('hourly_micro', models.BigIntegerField(blank=True, null=True)),
                ('daily_micro', models.BigIntegerField(blank=True, null=True)),
                ('lifts_router', models.BooleanField(default=False, help_text='This API key is free of the limits of routers and of transfers.')),
                ('changed_by', models.CharField(max_length=100)),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='LimitAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('router', 'router'), ('lifted', 'router, for keys whose limits are lifted'), ('api_key', 'API key'), ('caller', 'caller'), ('recipient', 'recipient'), ('trusted', 'trusted recipient'), ('transfer', 'transfers from a wallet')], max_length=10)),
                ('subject', models.CharField(blank=True, help_text='A router, an address, or the id of a key, user or wallet; what is set for a key holds for those that follow it by rotation. Empty: everyone of this kind who has no limit of their own.', max_length=64)),
                ('hourly_micro', models.BigIntegerField(blank=True, null=True)),
                ('daily_micro', models.BigIntegerField(blank=True, null=True)),
                ('lifts_router', models.BooleanField(default=False, help_text='This API key is free of the limits of routers and of transfers.')),
                ('changed_by', models.CharField(max_length=100)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'limit audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LimitWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('router', 'router'), ('lifted', 'router, for keys whose limits are lifted'), ('api_key', 'API key'), ('caller', 'caller'), ('recipient', 'recipient'), ('trusted', 'trusted recipient'), ('transfer', 'transfers from a wallet')], max_length=10)),
                ('subject', models.CharField(max_length=64)),
                ('period', models.CharField(choices=[('hour', 'hourly'), ('day', 'daily')], max_length=4)),
                ('starts_at', models.DateTimeField()),
                ('used_micro', models.BigIntegerField()),
                ('limit_micro', models.BigIntegerField(help_text='The limit when something was last promised; empty: none.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Payout',
            fields=[
                ('id', models.UUIDField(default=lucidpay.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key_origin_id', models.UUIDField(editable=False, help_text='The first key of its line: limits hold for the line.', null=True)),
                ('status', models.CharField(choices=[('pending', 'pending'), ('processing', 'processing'), ('confirmed', 'confirmed'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='pending', max_length=10)),
                ('recipient_address', models.CharField(max_length=34)),
                ('amount_micro', models.BigIntegerField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('memo', models.CharField(blank=True, help_text='Written into the transaction, for all to read.', max_length=200)),
                ('reference_id', models.CharField(max_length=100, null=True)),
                ('metadata', models.JSONField(decoder=lucidpay.api.json.ExactDecoder, encoder=lucidpay.api.json.ExactEncoder, null=True)),
                ('custom_data', models.JSONField(decoder=lucidpay.api.json.ExactDecoder, encoder=lucidpay.api.json.ExactEncoder, null=True)),
                ('router_type', models.CharField(choices=[('PayoutRouterV0', 'V0'), ('PayoutRouterKYC', 'KYC'), ('PayoutRouterDirect', 'direct'), ('PayoutRouterGateway', 'gateway')], max_length=24)),
                ('origin', models.CharField(choices=[('request', 'asked for'), ('transfer', 'a transfer from a wallet that was named'), ('top_up', 'the filling of a hot wallet from one of ours'), ('leg', 'what a payment that was taken pays its payee'), ('refund', 'what goes back to a payer'), ('fees', 'collected fees, settled'), ('route', 'a payment from a wallet kept here')], db_default='request', default='request', max_length=8)),
                ('priority', models.PositiveSmallIntegerField(choices=[(0, 'URGENT'), (1, 'HIGH'), (2, 'NORMAL'), (3, 'LOW')], default=2)),
                ('batch_type', models.CharField(choices=[('IMMEDIATE', 'at once'), ('HOURLY', 'at the next full hour'), ('DAILY', 'at the next 00:00 UTC'), ('WEEKLY', 'on the next Monday, 00:00 UTC')], default='IMMEDIATE', max_length=10)),
                ('batch_row', models.PositiveIntegerField(help_text='Its place in the batch, from 0.', null=True)),
                ('session_id', models.CharField(blank=True, max_length=50)),
                ('node_id', models.CharField(blank=True, max_length=50)),
                ('limit_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), default=list, help_text='Whose limits it counts against, in the hour and day it was asked for.', size=None)),
                ('review', models.CharField(choices=[('not_required', 'not required'), ('required', 'required'), ('approved', 'approved'), ('rejected', 'rejected')], default='not_required', max_length=12)),
                ('review_round', models.PositiveSmallIntegerField(default=0, help_text='How often approvals began anew; earlier ones are void.')),
                ('screened_at', models.DateTimeField(help_text='When the chain was asked about the recipient.', null=True)),
                ('screened_energy', models.BigIntegerField(db_default=0, default=0, help_text='What the transfer would have used then, to a recipient who was not blacklisted; 0 when that was not asked, or was no good.')),
                ('due_at', models.DateTimeField(help_text='When it is released.')),
                ('sign_after', models.DateTimeField(help_text='When the signer looks at it (again).')),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='Transactions signed so far.')),
                ('tries_max', models.PositiveSmallIntegerField(help_text='How many there may be; none means PAYOUT_TRIES_MAX.', null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0, help_text='Transactions that the chain took and undid.')),
                ('wait_reason', models.CharField(blank=True, max_length=200)),
                ('error_code', models.CharField(blank=True, max_length=20)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('body_hash', models.CharField(editable=False, max_length=64)),
                ('request_id', models.CharField(max_length=128)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PayoutEvent',
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
            name='ReleaseSchedule',
            fields=[
                ('batch_type', models.CharField(choices=[('IMMEDIATE', 'at once'), ('HOURLY', 'at the next full hour'), ('DAILY', 'at the next 00:00 UTC'), ('WEEKLY', 'on the next Monday, 00:00 UTC')], max_length=10, primary_key=True, serialize=False)),
                ('crontab', models.CharField(help_text='minute hour day month weekday', max_length=400)),
                ('timezone', models.CharField(default='UTC', max_length=63)),
                ('enabled', models.BooleanField(default=True)),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReleaseScheduleAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('batch_type', models.CharField(choices=[('IMMEDIATE', 'at once'), ('HOURLY', 'at the next full hour'), ('DAILY', 'at the next 00:00 UTC'), ('WEEKLY', 'on the next Monday, 00:00 UTC')], max_length=10, serialize=False)),
                ('crontab', models.CharField(help_text='minute hour day month weekday', max_length=400)),
                ('timezone', models.CharField(default='UTC', max_length=63)),
                ('enabled', models.BooleanField(default=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'release schedule audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReviewExemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(help_text='Why.', max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewExemptionAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('note', models.CharField(help_text='Why.', max_length=200)),
            ],
            options={
                'verbose_name': 'review exemption audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReviewRule',
            fields=[
                ('code', models.CharField(choices=[('large_amount', 'a large amount'), ('day_total', 'much asked for by one caller in a day'), ('own_address', 'one of our own addresses'), ('look_alike', 'an address that looks like one that was paid before or is trusted'), ('first_payment', 'the first payment to an address'), ('duplicate', 'the same amount to the same address a short time ago'), ('blacklisted', 'an address that the USDT contract has blacklisted'), ('contract', 'the address of a contract')], max_length=20, primary_key=True, serialize=False)),
                ('enabled', models.BooleanField()),
                ('parameter', models.PositiveIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewRuleAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('code', models.CharField(choices=[('large_amount', 'a large amount'), ('day_total', 'much asked for by one caller in a day'), ('own_address', 'one of our own addresses'), ('look_alike', 'an address that looks like one that was paid before or is trusted'), ('first_payment', 'the first payment to an address'), ('duplicate', 'the same amount to the same address a short time ago'), ('blacklisted', 'an address that the USDT contract has blacklisted'), ('contract', 'the address of a contract')], max_length=20, serialize=False)),
                ('enabled', models.BooleanField()),
                ('parameter', models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'review rule audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Router',
            fields=[
                ('type', models.CharField(choices=[('PayoutRouterV0', 'V0'), ('PayoutRouterKYC', 'KYC'), ('PayoutRouterDirect', 'direct'), ('PayoutRouterGateway', 'gateway')], max_length=24, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='RouterAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('type', models.CharField(choices=[('PayoutRouterV0', 'V0'), ('PayoutRouterKYC', 'KYC'), ('PayoutRouterDirect', 'direct'), ('PayoutRouterGateway', 'gateway')], max_length=24, serialize=False)),
            ],
            options={
                'verbose_name': 'router audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField(help_text='None: everybody.', null=True)),
                ('hour', models.DateTimeField(help_text='Its beginning. None: since ever.', null=True)),
                ('router_type', models.CharField(max_length=24)),
                ('measure', models.CharField(help_text='A status, or a ``Measure``.', max_length=12)),
                ('bucket', models.PositiveSmallIntegerField(help_text='Of a ``Measure``; 0 of a status.')),
                ('count', models.BigIntegerField()),
                ('total', models.DecimalField(decimal_places=0, help_text='Micro-USDT of a status; ms, sun or energy of a measure.', max_digits=40)),
            ],
        ),
        migrations.CreateModel(
            name='TallyDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField(help_text='None: everybody.', null=True)),
                ('hour', models.DateTimeField(help_text='Its beginning. None: since ever.', null=True)),
                ('router_type', models.CharField(max_length=24)),
                ('measure', models.CharField(help_text='A status, or a ``Measure``.', max_length=12)),
                ('bucket', models.PositiveSmallIntegerField(help_text='Of a ``Measure``; 0 of a status.')),
                ('count', models.BigIntegerField()),
                ('total', models.DecimalField(decimal_places=0, help_text='Micro-USDT of a status; ms, sun or energy of a measure.', max_digits=40)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TopUpRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('below_micro', models.BigIntegerField()),
                ('up_to_micro', models.BigIntegerField()),
                ('enabled', models.BooleanField(default=True)),
                ('changed_at', models.DateTimeField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='TopUpRuleAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('below_micro', models.BigIntegerField()),
                ('up_to_micro', models.BigIntegerField()),
                ('enabled', models.BooleanField(default=True)),
                ('changed_at', models.DateTimeField(editable=False)),
            ],
            options={
                'verbose_name': 'top up rule audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TrustedRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=34)),
                ('note', models.CharField(blank=True, help_text='Whose address it is.', max_length=200)),
                ('hourly_micro', models.BigIntegerField(null=True)),
                ('daily_micro', models.BigIntegerField(null=True)),
                ('added_by', models.CharField(max_length=100)),
                ('added_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=100)),
                ('approved_at', models.DateTimeField(help_text='None: it counts for nothing yet.', null=True)),
                ('removed_by', models.CharField(blank=True, max_length=100)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TrustedRecipientAudit',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('address', models.CharField(max_length=34)),
                ('note', models.CharField(blank=True, help_text='Whose address it is.', max_length=200)),
                ('hourly_micro', models.BigIntegerField(null=True)),
                ('daily_micro', models.BigIntegerField(null=True)),
                ('added_by', models.CharField(max_length=100)),
                ('added_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=100)),
                ('approved_at', models.DateTimeField(help_text='None: it counts for nothing yet.', null=True)),
                ('removed_by', models.CharField(blank=True, max_length=100)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'trusted recipient audit',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(help_text="The payout's when it was given.")),
                ('content_hash', models.CharField(help_text='SHA-256 of what was agreed to.', max_length=64)),
                ('needed', models.PositiveSmallIntegerField(help_text='How many were needed when it was given.')),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='From then on nothing is signed on it.')),
                ('approver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ApprovalTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_amount_micro', models.BigIntegerField(help_text='1 000 000 is one USDT.', unique=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000000000000)], verbose_name='from amount (micro-USDT)')),
                ('approvals_needed', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('approvals_needed__gte', 1), ('approvals_needed__lte', 5), ('from_amount_micro__gt', 0)), name='tier_in_range')],
            },
        ),
        migrations.RunPython(make_routers, migrations.RunPython.noop),
        migrations.RunPython(make_limits, migrations.RunPython.noop),
        migrations.RunPython(make_rules, migrations.RunPython.noop),
        migrations.RunPython(make_schedules, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='approvaltier',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_approvaltieraudit" ("approvals_needed", "from_amount_micro", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."approvals_needed", NEW."from_amount_micro", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id"); RETURN NULL;', hash='553ccb7fb9d3c712a656967c3a358501e9be0108', operation='INSERT', pgid='pgtrigger_audit_insert_0b054', table='payouts_approvaltier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvaltier',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_approvaltieraudit" ("approvals_needed", "from_amount_micro", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."approvals_needed", NEW."from_amount_micro", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id"); RETURN NULL;', hash='0d54407af1bab728ed927e099e84c3c1ab7e5b39', operation='UPDATE', pgid='pgtrigger_audit_update_05789', table='payouts_approvaltier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvaltier',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_approvaltieraudit" ("approvals_needed", "from_amount_micro", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."approvals_needed", OLD."from_amount_micro", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id"); RETURN NULL;', hash='13827d37500f09bc631e8cfd27ffdca967511e28', operation='DELETE', pgid='pgtrigger_audit_delete_05b12', table='payouts_approvaltier', when='AFTER')),
        ),
        migrations.AddField(
            model_name='approvaltieraudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.approvaltier'),
        ),
        migrations.AddField(
            model_name='batch',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batchevent',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payouts.batch'),
        ),
        migrations.AddField(
            model_name='batchupload',
            name='batch',
            field=models.OneToOneField(help_text='What it became when it was submitted.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='upload', to='payouts.batch'),
        ),
        migrations.AddField(
            model_name='batchupload',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batchuploadaudit',
            name='batch',
            field=models.ForeignKey(db_constraint=False, help_text='What it became when it was submitted.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='payouts.batch'),
        ),
        migrations.AddField(
            model_name='batchuploadaudit',
            name='owner',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batchuploadaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.batchupload'),
        ),
        migrations.AddConstraint(
            model_name='breakertrip',
            constraint=models.UniqueConstraint(condition=models.Q(('reset_at', None)), fields=('router_type',), name='breaker_trip_one_open_per_router'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='breakertrip',
            trigger=pgtrigger.compiler.Trigger(name='breaker_trip_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='05b7fe037b6b40bd7f0268bbf9972e71677fd772', operation='DELETE', pgid='pgtrigger_breaker_trip_kept_01025', table='payouts_breakertrip', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='breakertrip',
            trigger=pgtrigger.compiler.Trigger(name='breaker_trip_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what tripped the breaker cannot be rewritten';", hash='321707465554bc87983736ea35fec3cef5d83868', operation='UPDATE OF "router_type", "reason", "by", "at"', pgid='pgtrigger_breaker_trip_frozen_e669d', table='payouts_breakertrip', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='breakertrip',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_breakertripaudit" ("at", "by", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reset_at", "reset_by", "reset_reason", "router_type") VALUES (NEW."at", NEW."by", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."reason", NEW."reset_at", NEW."reset_by", NEW."reset_reason", NEW."router_type"); RETURN NULL;', hash='9febe60fa0cce5fc8261c58b12e4ec5cfd4fbb12', operation='INSERT', pgid='pgtrigger_audit_insert_b080a', table='payouts_breakertrip', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='breakertrip',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_breakertripaudit" ("at", "by", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reset_at", "reset_by", "reset_reason", "router_type") VALUES (NEW."at", NEW."by", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."reason", NEW."reset_at", NEW."reset_by", NEW."reset_reason", NEW."router_type"); RETURN NULL;', hash='841f72d84cb4ed9eb65723c1975fdd5fc64edc4c', operation='UPDATE', pgid='pgtrigger_audit_update_e9cca', table='payouts_breakertrip', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='breakertrip',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_breakertripaudit" ("at", "by", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reset_at", "reset_by", "reset_reason", "router_type") VALUES (OLD."at", OLD."by", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."reason", OLD."reset_at", OLD."reset_by", OLD."reset_reason", OLD."router_type"); RETURN NULL;', hash='cdfd9b658916bb6c452ddeb640e3a16452ed63ba', operation='DELETE', pgid='pgtrigger_audit_delete_42a6e', table='payouts_breakertrip', when='AFTER')),
        ),
        migrations.AddField(
            model_name='breakertripaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.breakertrip'),
        ),
        migrations.AddIndex(
            model_name='kycrecord',
            index=models.Index(fields=['address', 'id'], name='kyc_by_address'),
        ),
        migrations.AddConstraint(
            model_name='kycrecord',
            constraint=models.CheckConstraint(condition=models.Q(('address__regex', '^T[1-9A-HJ-NP-Za-km-z]{33}$')), name='kyc_address_shape'),
        ),
        migrations.AddConstraint(
            model_name='kycrecord',
            constraint=models.CheckConstraint(condition=models.Q(('kyc_hash__regex', '^[0-9a-f]{64}$')), name='kyc_hash_shape'),
        ),
        migrations.AddConstraint(
            model_name='kycrecord',
            constraint=models.CheckConstraint(condition=models.Q(('level__range', (1, 10))), name='kyc_level_in_range'),
        ),
        migrations.AddConstraint(
            model_name='kycrecord',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'approved')), fields=('address',), name='kyc_one_approved_per_address'),
        ),
        migrations.AddConstraint(
            model_name='kycrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), ('approved_at__isnull', False), _connector='OR'), name='kyc_approved_by_somebody'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecord',
            trigger=pgtrigger.compiler.Trigger(name='kyc_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'approved\', \'revoked\'), (\'pending\', \'approved\'), (\'pending\', \'revoked\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{approved:revoked,pending:approved,pending:revoked}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='d083308f8da4889b7806656f1b1f729d2c9f3bb7', operation='UPDATE', pgid='pgtrigger_kyc_arrows_d631d', table='payouts_kycrecord', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecord',
            trigger=pgtrigger.compiler.Trigger(name='kyc_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='0cf62d6e37fd693bfa4121ee93b07a8eab419092', operation='DELETE', pgid='pgtrigger_kyc_kept_for_good_d5982', table='payouts_kycrecord', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecord',
            trigger=pgtrigger.compiler.Trigger(name='kyc_evidence_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what was checked cannot be rewritten: add a new record';", hash='78aec09e1ffc782476a30de7f77568ef499b930d', operation='UPDATE OF "address", "kyc_hash", "level", "expires_at", "added_by", "added_at"', pgid='pgtrigger_kyc_evidence_frozen_3a4db', table='payouts_kycrecord', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecord',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_kycrecordaudit" ("added_at", "added_by", "address", "approved_at", "approved_by", "expires_at", "id", "kyc_hash", "level", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by", "revoked_reason", "status") VALUES (NEW."added_at", NEW."added_by", NEW."address", NEW."approved_at", NEW."approved_by", NEW."expires_at", NEW."id", NEW."kyc_hash", NEW."level", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."revoked_at", NEW."revoked_by", NEW."revoked_reason", NEW."status"); RETURN NULL;', hash='7b59e6446bb894867682c3378a5932954503abc1', operation='INSERT', pgid='pgtrigger_audit_insert_fd83a', table='payouts_kycrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecord',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_kycrecordaudit" ("added_at", "added_by", "address", "approved_at", "approved_by", "expires_at", "id", "kyc_hash", "level", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by", "revoked_reason", "status") VALUES (NEW."added_at", NEW."added_by", NEW."address", NEW."approved_at", NEW."approved_by", NEW."expires_at", NEW."id", NEW."kyc_hash", NEW."level", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."revoked_at", NEW."revoked_by", NEW."revoked_reason", NEW."status"); RETURN NULL;', hash='71b57ba737b1eb4e6d32455b27eb14232283baf8', operation='UPDATE', pgid='pgtrigger_audit_update_889a0', table='payouts_kycrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecord',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_kycrecordaudit" ("added_at", "added_by", "address", "approved_at", "approved_by", "expires_at", "id", "kyc_hash", "level", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by", "revoked_reason", "status") VALUES (OLD."added_at", OLD."added_by", OLD."address", OLD."approved_at", OLD."approved_by", OLD."expires_at", OLD."id", OLD."kyc_hash", OLD."level", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."revoked_at", OLD."revoked_by", OLD."revoked_reason", OLD."status"); RETURN NULL;', hash='0fd1b217d31f70ce7fde41fdfe1bd83d986024da', operation='DELETE', pgid='pgtrigger_audit_delete_a2322', table='payouts_kycrecord', when='AFTER')),
        ),
        migrations.AddField(
            model_name='kycrecordaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.kycrecord'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.UniqueConstraint(fields=('kind', 'subject'), name='limit_one_per_subject'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hourly_micro', None), ('hourly_micro__range', (0, 1000000000000000)), _connector='OR'), models.Q(('daily_micro', None), ('daily_micro__range', (0, 1000000000000000)), _connector='OR')), name='limit_in_range'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'lifted'), _negated=True), name='limit_kind_settable'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('lifts_router', False), models.Q(('kind', 'api_key'), models.Q(('subject', ''), _negated=True)), _connector='OR'), name='limit_lifted_for_one_key'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'router'), ('subject', ''), _negated=True), name='limit_router_named'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='limit',
            trigger=pgtrigger.compiler.Trigger(name='limit_of_router_kept', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."kind" = \'router\' OR OLD."kind" = \'transfer\')', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a48a597d362a4bb077baae942ffbc15f46b84dea', operation='DELETE', pgid='pgtrigger_limit_of_router_kept_3f78d', table='payouts_limit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='limit',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_limitaudit" ("changed_at", "changed_by", "daily_micro", "hourly_micro", "id", "kind", "lifts_router", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (NEW."changed_at", NEW."changed_by", NEW."daily_micro", NEW."hourly_micro", NEW."id", NEW."kind", NEW."lifts_router", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."subject"); RETURN NULL;', hash='ddc278d3578dd4ee59c9bc1edd97be4accacac7e', operation='INSERT', pgid='pgtrigger_audit_insert_4acfa', table='payouts_limit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='limit',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_limitaudit" ("changed_at", "changed_by", "daily_micro", "hourly_micro", "id", "kind", "lifts_router", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (NEW."changed_at", NEW."changed_by", NEW."daily_micro", NEW."hourly_micro", NEW."id", NEW."kind", NEW."lifts_router", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."subject"); RETURN NULL;', hash='8d8f108c433fc8b6c662d07aacb096648e04b7ae', operation='UPDATE', pgid='pgtrigger_audit_update_ddb24', table='payouts_limit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='limit',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_limitaudit" ("changed_at", "changed_by", "daily_micro", "hourly_micro", "id", "kind", "lifts_router", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (OLD."changed_at", OLD."changed_by", OLD."daily_micro", OLD."hourly_micro", OLD."id", OLD."kind", OLD."lifts_router", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."subject"); RETURN NULL;', hash='66906a1f1dc7f80f1584fdd8effb67113b56bb87', operation='DELETE', pgid='pgtrigger_audit_delete_aede4', table='payouts_limit', when='AFTER')),
        ),
        migrations.AddField(
            model_name='limitaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.limit'),
        ),
        migrations.AddConstraint(
            model_name='limitwindow',
            constraint=models.UniqueConstraint(fields=('kind', 'subject', 'period', 'starts_at'), name='limit_window_once'),
        ),
        migrations.AddConstraint(
            model_name='limitwindow',
            constraint=models.CheckConstraint(condition=models.Q(('limit_micro', None), ('used_micro__lte', models.F('limit_micro')), _connector='OR'), name='limit_window_not_exceeded'),
        ),
        migrations.AddConstraint(
            model_name='limitwindow',
            constraint=models.CheckConstraint(condition=models.Q(('used_micro__gte', 0)), name='limit_window_not_negative'),
        ),
        migrations.AddField(
            model_name='payout',
            name='api_key',
            field=models.ForeignKey(db_index=False, help_text='The key it was asked for with.', null=True, on_delete=django.db.models.deletion.PROTECT, to='access.apikey'),
        ),
        migrations.AddField(
            model_name='payout',
            name='batch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='payouts.batch'),
        ),
        migrations.AddField(
            model_name='payout',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payout',
            name='retry_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='payouts.payout'),
        ),
        migrations.AddField(
            model_name='payout',
            name='transaction',
            field=models.ForeignKey(db_index=False, help_text='The newest one.', null=True, on_delete=django.db.models.deletion.PROTECT, to='tron.chaintransaction'),
        ),
        migrations.AddField(
            model_name='payout',
            name='wallet',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='approval',
            name='payout',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='payouts.payout'),
        ),
        migrations.CreateModel(
            name='AwaitingReview',
            fields=[
            ],
            options={
                'verbose_name': 'payout to review',
                'verbose_name_plural': 'payouts to review',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('payouts.payout',),
        ),
        migrations.AddField(
            model_name='payoutevent',
            name='payout',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payouts.payout'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='releaseschedule',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_releasescheduleaudit" ("batch_type", "changed_at", "crontab", "enabled", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "timezone") VALUES (NEW."batch_type", NEW."changed_at", NEW."crontab", NEW."enabled", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."batch_type", NEW."timezone"); RETURN NULL;', hash='04432bcc1c7cf8bbd8a6a22fd94704eb4bb1f694', operation='INSERT', pgid='pgtrigger_audit_insert_7d816', table='payouts_releaseschedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='releaseschedule',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_releasescheduleaudit" ("batch_type", "changed_at", "crontab", "enabled", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "timezone") VALUES (NEW."batch_type", NEW."changed_at", NEW."crontab", NEW."enabled", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."batch_type", NEW."timezone"); RETURN NULL;', hash='f91f8d883de881a800b24ef76a07085a2267418d', operation='UPDATE', pgid='pgtrigger_audit_update_36021', table='payouts_releaseschedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='releaseschedule',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_releasescheduleaudit" ("batch_type", "changed_at", "crontab", "enabled", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "timezone") VALUES (OLD."batch_type", OLD."changed_at", OLD."crontab", OLD."enabled", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."batch_type", OLD."timezone"); RETURN NULL;', hash='f90d985fdab121ba8973fdf867903ab03b3031db', operation='DELETE', pgid='pgtrigger_audit_delete_40d84', table='payouts_releaseschedule', when='AFTER')),
        ),
        migrations.AddField(
            model_name='releasescheduleaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.releaseschedule'),
        ),
        migrations.AddField(
            model_name='reviewexemption',
            name='api_key',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='access.apikey', verbose_name='API key'),
        ),
        migrations.AddField(
            model_name='reviewexemption',
            name='user',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewexemptionaudit',
            name='api_key',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='access.apikey', verbose_name='API key'),
        ),
        migrations.AddField(
            model_name='reviewexemptionaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.reviewexemption'),
        ),
        migrations.AddField(
            model_name='reviewexemptionaudit',
            name='user',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_reviewruleaudit" ("code", "enabled", "parameter", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."enabled", NEW."parameter", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."code"); RETURN NULL;', hash='180487c3cc47cb320660cb26f1152445e91a0c6f', operation='INSERT', pgid='pgtrigger_audit_insert_71afd', table='payouts_reviewrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_reviewruleaudit" ("code", "enabled", "parameter", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."enabled", NEW."parameter", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."code"); RETURN NULL;', hash='06cfe918ceadc66cc7ee40ddf30e78aca8740bcf', operation='UPDATE', pgid='pgtrigger_audit_update_82970', table='payouts_reviewrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_reviewruleaudit" ("code", "enabled", "parameter", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."enabled", OLD."parameter", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."code"); RETURN NULL;', hash='84e4a88944f60e2ae0bc0acf9991b6d4bc242e63', operation='DELETE', pgid='pgtrigger_audit_delete_5ca17', table='payouts_reviewrule', when='AFTER')),
        ),
        migrations.AddField(
            model_name='reviewruleaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.reviewrule'),
        ),
        migrations.AddField(
            model_name='router',
            name='wallet',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='routeraudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.router'),
        ),
        migrations.AddField(
            model_name='routeraudit',
            name='wallet',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='wallets.wallet'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(fields=('owner_id', 'hour', 'router_type', 'measure', 'bucket'), name='tally_once', nulls_distinct=False),
        ),
        migrations.AddField(
            model_name='topuprule',
            name='author',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='topuprule',
            name='source',
            field=models.ForeignKey(help_text='Where the money is kept: cold, in a device, or behind several keys.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='topuprule',
            name='wallet',
            field=models.OneToOneField(help_text='A hot one that pays.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='topupruleaudit',
            name='author',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='topupruleaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.topuprule'),
        ),
        migrations.AddField(
            model_name='topupruleaudit',
            name='source',
            field=models.ForeignKey(db_constraint=False, help_text='Where the money is kept: cold, in a device, or behind several keys.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='wallets.wallet'),
        ),
        migrations.AddField(
            model_name='topupruleaudit',
            name='wallet',
            field=models.ForeignKey(db_constraint=False, help_text='A hot one that pays.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='wallets.wallet'),
        ),
        migrations.AddIndex(
            model_name='trustedrecipient',
            index=models.Index(django.db.models.functions.text.Left('address', 4), django.db.models.functions.text.Right('address', 4), condition=models.Q(('removed_at', None)), name='trusted_alike'),
        ),
        migrations.AddConstraint(
            model_name='trustedrecipient',
            constraint=models.CheckConstraint(condition=models.Q(('address__regex', '^T[1-9A-HJ-NP-Za-km-z]{33}$')), name='trusted_address_shape'),
        ),
        migrations.AddConstraint(
            model_name='trustedrecipient',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('address',), name='trusted_once_per_address'),
        ),
        migrations.AddConstraint(
            model_name='trustedrecipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', '')), models.Q(('approved_at__isnull', False), models.Q(('approved_by', ''), _negated=True)), _connector='OR'), name='trusted_approved_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='trustedrecipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hourly_micro', None), ('hourly_micro__range', (0, 1000000000000000)), _connector='OR'), models.Q(('daily_micro', None), ('daily_micro__range', (0, 1000000000000000)), _connector='OR')), name='trusted_limits_in_range'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trustedrecipient',
            trigger=pgtrigger.compiler.Trigger(name='trusted_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='fa5bf58db5dbaf07511db761827fb68462a70882', operation='DELETE', pgid='pgtrigger_trusted_kept_for_good_d5bf8', table='payouts_trustedrecipient', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trustedrecipient',
            trigger=pgtrigger.compiler.Trigger(name='trusted_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'whom somebody trusted cannot be rewritten';", hash='f54f2853b5f2342e05e915a9ee74443790d41aca', operation='UPDATE OF "address", "hourly_micro", "daily_micro", "added_by", "added_at"', pgid='pgtrigger_trusted_frozen_1c3a3', table='payouts_trustedrecipient', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trustedrecipient',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_trustedrecipientaudit" ("added_at", "added_by", "address", "approved_at", "approved_by", "daily_micro", "hourly_micro", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by") VALUES (NEW."added_at", NEW."added_by", NEW."address", NEW."approved_at", NEW."approved_by", NEW."daily_micro", NEW."hourly_micro", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."removed_at", NEW."removed_by"); RETURN NULL;', hash='240c8b1e4b5023fcb8c5a8c599061c996acf31ea', operation='INSERT', pgid='pgtrigger_audit_insert_ad549', table='payouts_trustedrecipient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trustedrecipient',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_trustedrecipientaudit" ("added_at", "added_by", "address", "approved_at", "approved_by", "daily_micro", "hourly_micro", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by") VALUES (NEW."added_at", NEW."added_by", NEW."address", NEW."approved_at", NEW."approved_by", NEW."daily_micro", NEW."hourly_micro", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."removed_at", NEW."removed_by"); RETURN NULL;', hash='ae9a9215dcda2498e1b27639e6fc2d80d4370452', operation='UPDATE', pgid='pgtrigger_audit_update_344e0', table='payouts_trustedrecipient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trustedrecipient',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_trustedrecipientaudit" ("added_at", "added_by", "address", "approved_at", "approved_by", "daily_micro", "hourly_micro", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_at", "removed_by") VALUES (OLD."added_at", OLD."added_by", OLD."address", OLD."approved_at", OLD."approved_by", OLD."daily_micro", OLD."hourly_micro", OLD."id", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."removed_at", OLD."removed_by"); RETURN NULL;', hash='7183a8ec7daf838c89965443ffdae247f6a48a90', operation='DELETE', pgid='pgtrigger_audit_delete_bebbb', table='payouts_trustedrecipient', when='AFTER')),
        ),
        migrations.AddField(
            model_name='trustedrecipientaudit',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='payouts.trustedrecipient'),
        ),
        migrations.AddIndex(
            model_name='approvaltieraudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='approvaltieraudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvaltieraudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d3f9c45815cda6bbe081c3fda8181fc61003c17c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4c4c8', table='payouts_approvaltieraudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['owner', 'id'], name='batch_by_owner'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('completed_at', None)), fields=['id'], name='batch_not_completed'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('total_amount_micro__gt', 0), ('total_payouts__gt', 0)), name='batch_pays_somebody'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('rows_stored__lte', models.F('total_payouts'))), name='batch_no_row_too_many'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('filled_at', None), ('rows_stored', models.F('total_payouts')), _connector='OR'), name='batch_filled_when_all_rows_are_in'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('owner', 'file_key'), name='batch_file_once_per_owner'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='batch_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c00a06746f34526bf30782b5aafecaa606f15a5e', operation='DELETE', pgid='pgtrigger_batch_kept_for_good_c84bc', table='payouts_batch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='batch_order_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what a batch pays in all cannot be changed';", hash='ffae4bb3114e4e98bc9c2db8e97f789f80f9e956', operation='UPDATE OF "owner_id", "total_payouts", "total_amount_micro", "file_key", "body_hash"', pgid='pgtrigger_batch_order_frozen_1688c', table='payouts_batch', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='batchevent',
            index=models.Index(fields=['batch', 'id'], name='batch_event_story'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchevent',
            trigger=pgtrigger.compiler.Trigger(name='batch_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0f3efde0397df81aac2686a47153ca9d88bbb1dc', operation='UPDATE OR DELETE', pgid='pgtrigger_batch_event_append_only_adcf1', table='payouts_batchevent', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='batchupload',
            index=models.Index(condition=models.Q(('batch', None)), fields=['owner', 'id'], name='upload_of_owner'),
        ),
        migrations.AddIndex(
            model_name='batchupload',
            index=models.Index(fields=['sha256', 'id'], name='upload_by_content'),
        ),
        migrations.AddIndex(
            model_name='batchupload',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['id'], name='upload_not_done'),
        ),
        migrations.AddIndex(
            model_name='batchupload',
            index=models.Index(condition=models.Q(('content__isnull', False)), fields=['created_at'], name='upload_kept'),
        ),
        migrations.AddConstraint(
            model_name='batchupload',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch', None), ('done_at', None), ('submitted_at', None)), models.Q(('batch__isnull', False), ('checked_at__isnull', False), ('submitted_at__isnull', False)), _connector='OR'), name='upload_checked_before_submitted'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchupload',
            trigger=pgtrigger.compiler.Trigger(name='upload_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."batch_id" IS NOT NULL)', func="RAISE EXCEPTION 'what was submitted cannot be changed';", hash='1a7236dd643ea2bb60e855a01442d1dd3ed633a3', operation='UPDATE OF "batch_id", "owner_id", "sha256", "format", "columns", "has_header", "name", "left_out", "router_type", "priority", "batch_type", "round", "report"', pgid='pgtrigger_upload_frozen_1126a', table='payouts_batchupload', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchupload',
            trigger=pgtrigger.compiler.Trigger(name='upload_submitted_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."batch_id" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ad3fe05e99938ae7d34edcd6f34f4b20aad0e0bd', operation='DELETE', pgid='pgtrigger_upload_submitted_is_kept_b5eb1', table='payouts_batchupload', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchupload',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_batchuploadaudit" ("batch_id", "batch_type", "columns", "created_at", "filename", "format", "has_header", "id", "name", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "round", "router_type", "sha256", "size_bytes", "submitted_at") VALUES (NEW."batch_id", NEW."batch_type", NEW."columns", NEW."created_at", NEW."filename", NEW."format", NEW."has_header", NEW."id", NEW."name", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."priority", NEW."round", NEW."router_type", NEW."sha256", NEW."size_bytes", NEW."submitted_at"); RETURN NULL;', hash='fe9a6348da8b95a408e9b59c122be6a68b5f57f4', operation='INSERT', pgid='pgtrigger_audit_insert_b4b15', table='payouts_batchupload', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchupload',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."batch_id" IS DISTINCT FROM (NEW."batch_id") OR OLD."batch_type" IS DISTINCT FROM (NEW."batch_type") OR OLD."columns" IS DISTINCT FROM (NEW."columns") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."filename" IS DISTINCT FROM (NEW."filename") OR OLD."format" IS DISTINCT FROM (NEW."format") OR OLD."has_header" IS DISTINCT FROM (NEW."has_header") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."round" IS DISTINCT FROM (NEW."round") OR OLD."router_type" IS DISTINCT FROM (NEW."router_type") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."size_bytes" IS DISTINCT FROM (NEW."size_bytes") OR OLD."submitted_at" IS DISTINCT FROM (NEW."submitted_at"))', func='INSERT INTO "payouts_batchuploadaudit" ("batch_id", "batch_type", "columns", "created_at", "filename", "format", "has_header", "id", "name", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "round", "router_type", "sha256", "size_bytes", "submitted_at") VALUES (NEW."batch_id", NEW."batch_type", NEW."columns", NEW."created_at", NEW."filename", NEW."format", NEW."has_header", NEW."id", NEW."name", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."priority", NEW."round", NEW."router_type", NEW."sha256", NEW."size_bytes", NEW."submitted_at"); RETURN NULL;', hash='8657a83746a85660c0a9356e0f87e65acd396982', operation='UPDATE', pgid='pgtrigger_audit_update_1ee90', table='payouts_batchupload', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchupload',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_batchuploadaudit" ("batch_id", "batch_type", "columns", "created_at", "filename", "format", "has_header", "id", "name", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "round", "router_type", "sha256", "size_bytes", "submitted_at") VALUES (OLD."batch_id", OLD."batch_type", OLD."columns", OLD."created_at", OLD."filename", OLD."format", OLD."has_header", OLD."id", OLD."name", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."priority", OLD."round", OLD."router_type", OLD."sha256", OLD."size_bytes", OLD."submitted_at"); RETURN NULL;', hash='b29eac57c8130a44d448040b67b34539d518b93e', operation='DELETE', pgid='pgtrigger_audit_delete_309d7', table='payouts_batchupload', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='batchuploadaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='batchuploadaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchuploadaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='930b45eebd57ab8333116c65573d1f1efd36bd98', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5340a', table='payouts_batchuploadaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='breakertripaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='breakertripaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='breakertripaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='207b036d9b0f5f85dd91b2ff9495180c58611e96', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_90ac4', table='payouts_breakertripaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='kycrecordaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='kycrecordaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kycrecordaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0c0f8a18d132f5b19e40cce15bc58f925cb5c436', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7801f', table='payouts_kycrecordaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='limitaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='limitaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='limitaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b4a8d21a6c54c3ebd365e5e42edfda680d942e0a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6e86b', table='payouts_limitaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['wallet', 'priority', 'id'], include=('due_at', 'sign_after', 'amount_micro'), name='payout_to_sign'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['owner', 'id'], include=('created_at',), name='payout_by_owner'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['status', 'id'], include=('created_at',), name='payout_by_status'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['owner', 'created_at'], include=('amount_micro',), name='payout_asked_by'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['recipient_address', 'amount_micro', 'created_at'], name='payout_paid_before'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(django.db.models.functions.text.Left('recipient_address', 4), django.db.models.functions.text.Right('recipient_address', 4), models.F('recipient_address'), condition=models.Q(('status__in', ('processing', 'confirmed'))), name='payout_paid_alike'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('screened_at__isnull', True), ('status', 'pending')), fields=['wallet', 'sign_after', 'id'], name='payout_to_screen'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('review__in', ('required', 'approved')), ('status', 'pending')), fields=['id'], name='payout_in_review'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['router_type', 'status', 'id'], include=('created_at',), name='payout_by_router'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['owner', 'router_type', 'status', 'id'], include=('created_at',), name='payout_by_owner_router'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['recipient_address', 'id'], name='payout_by_recipient'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('transaction__isnull', False)), fields=['transaction'], name='payout_by_transaction'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('retry_of__isnull', False)), fields=['retry_of'], name='payout_retries'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch', 'id'], name='payout_by_batch'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch', 'status'], include=('amount_micro', 'updated_at'), name='payout_batch_standing'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('priority', 2), _negated=True), fields=['priority', 'id'], name='payout_by_priority'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('batch_type', 'IMMEDIATE'), _negated=True), fields=['batch_type', 'id'], name='payout_by_batch_type'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('review', 'not_required'), _negated=True), fields=['review', 'id'], name='payout_by_review'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micro__gt', 0), ('amount_micro__lte', 1000000000000000)), name='payout_amount_in_range'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('recipient_address__regex', '^T[1-9A-HJ-NP-Za-km-z]{33}$')), name='payout_recipient_shape'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(fields=('reference_id', 'owner'), name='payout_reference_once_per_owner'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('retry_of__isnull', False), ('status__in', ('pending', 'processing', 'confirmed'))), fields=('retry_of',), name='payout_one_open_retry'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('processing', 'confirmed')), _negated=True), ('transaction__isnull', False), _connector='OR'), name='payout_under_way_has_transaction'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('processing', 'confirmed')), _negated=True), ('review__in', ('not_required', 'approved')), _connector='OR'), name='payout_under_way_was_agreed_to'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('batch__isnull', False)), fields=('batch', 'batch_row'), name='payout_row_once_in_batch'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('origin', 'top_up'), ('status__in', ('pending', 'processing'))), fields=('recipient_address',), name='payout_one_open_top_up'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch', None), ('batch_row', None)), models.Q(('batch__isnull', False), ('batch_row__isnull', False)), _connector='OR'), name='payout_of_a_batch_has_its_row'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_arrows', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" <> NEW."status" AND (OLD."status", NEW."status") NOT IN ((\'pending\', \'cancelled\'), (\'pending\', \'failed\'), (\'pending\', \'processing\'), (\'processing\', \'confirmed\'), (\'processing\', \'failed\'), (\'processing\', \'pending\')))', declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{pending:cancelled,pending:failed,pending:processing,processing:confirmed,processing:failed,processing:pending}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='71412acaef8b83330db2848d0e6ef65f201b20a5', operation='UPDATE', pgid='pgtrigger_payout_arrows_15ac2', table='payouts_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_kept_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e9615304d6e8a54a92f8243b3742dc2d2d6543dd', operation='DELETE', pgid='pgtrigger_payout_kept_for_good_59f8e', table='payouts_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_order_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'whom and how much a payout pays cannot be changed';", hash='e57279a51939e02593421013628616bf20465779', operation='UPDATE OF "recipient_address", "amount_micro", "owner_id", "wallet_id", "reference_id", "retry_of_id", "batch_id", "batch_row", "memo"', pgid='pgtrigger_payout_order_frozen_a8635', table='payouts_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_limits_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'what a payout was reserved in cannot be changed';", hash='c5d0a7e1a5855480ac6235d0422ec7510a5b5bc0', operation='UPDATE OF "limit_kinds", "router_type", "origin", "api_key_id", "key_origin_id", "created_at"', pgid='pgtrigger_payout_limits_frozen_f220c', table='payouts_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_signed_as_agreed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'processing\' AND NOT (OLD."status" = \'processing\') AND (NEW."screened_at" IS NULL OR NEW."review" = \'approved\'))', func="\n    IF NEW.screened_at IS NULL THEN\n        RAISE EXCEPTION 'a payout that was not screened cannot be signed';\n    END IF;\n    IF NEW.review = 'approved' AND NOT EXISTS (\n        SELECT FROM payouts_approval AS approval\n         WHERE approval.payout_id = NEW.id AND approval.round = NEW.review_round\n           AND approval.approver_id <> NEW.owner_id\n    ) THEN\n        RAISE EXCEPTION 'nobody has approved this payout as it stands';\n    END IF;\n    RETURN NEW;\n", hash='b6ac931c8ae7e41052dc9187fbddb12b0d26e92f', operation='UPDATE OF "status"', pgid='pgtrigger_payout_signed_as_agreed_96aeb', table='payouts_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_tally_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO payouts_tallydelta (owner_id, router_type, hour, measure, bucket, count, total)\n        SELECT owner_id, router_type, hour, measure, bucket, sum(count), sum(total)\n          FROM (\n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, status AS measure, 0 AS bucket, 1 AS count,\n               amount_micro::numeric AS total\n          FROM new_rows) AS moved\n         GROUP BY owner_id, router_type, hour, measure, bucket\n        HAVING sum(count) <> 0 OR sum(total) <> 0;\n        RETURN NULL;", hash='6dd457aa5558ee3a126771f0ee5d73a3a154c3b1', level='STATEMENT', operation='INSERT', pgid='pgtrigger_payout_tally_insert_fd6cb', referencing='REFERENCING NEW TABLE AS new_rows ', table='payouts_payout', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_tally_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO payouts_tallydelta (owner_id, router_type, hour, measure, bucket, count, total)\n        SELECT owner_id, router_type, hour, measure, bucket, sum(count), sum(total)\n          FROM (\n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, status AS measure, 0 AS bucket, 1 AS count,\n               amount_micro::numeric AS total\n          FROM new_rows UNION ALL \n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, status AS measure, 0 AS bucket, -1 AS count,\n               -amount_micro::numeric AS total\n          FROM old_rows UNION ALL \n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, 'dispatch', width_bucket(greatest(0, round(extract(epoch FROM updated_at - due_at) * 1000)) - 1, ARRAY[1000, 2500, 5000, 10000, 30000, 60000, 90000, 120000, 180000, 300000, 600000, 1800000, 3600000, 21600000, 86400000]::numeric[]),\n               1, greatest(0, round(extract(epoch FROM updated_at - due_at) * 1000))\n          FROM (SELECT * FROM new_rows WHERE transaction_id IS NOT NULL AND id NOT IN (\n                   SELECT id FROM old_rows WHERE transaction_id IS NOT NULL)) AS signed UNION ALL \n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, 'confirmation', width_bucket(greatest(0, round(extract(epoch FROM confirmed_at - due_at) * 1000)) - 1, ARRAY[1000, 2500, 5000, 10000, 30000, 60000, 90000, 120000, 180000, 300000, 600000, 1800000, 3600000, 21600000, 86400000]::numeric[]),\n               1, greatest(0, round(extract(epoch FROM confirmed_at - due_at) * 1000))\n          FROM (SELECT * FROM new_rows WHERE status = 'confirmed') AS confirmed UNION ALL \n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, 'confirmation', width_bucket(greatest(0, round(extract(epoch FROM confirmed_at - due_at) * 1000)) - 1, ARRAY[1000, 2500, 5000, 10000, 30000, 60000, 90000, 120000, 180000, 300000, 600000, 1800000, 3600000, 21600000, 86400000]::numeric[]),\n               -1, -greatest(0, round(extract(epoch FROM confirmed_at - due_at) * 1000))\n          FROM (SELECT * FROM old_rows WHERE status = 'confirmed') AS confirmed UNION ALL \n        SELECT owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour, cost.measure, 0, 1, cost.total\n          FROM (SELECT ended.*, fee_sun, energy_used, energy_staked\n                FROM (SELECT owner_id, router_type, created_at, transaction_id FROM old_rows\n                       WHERE status = 'processing' AND id NOT IN (\n                             SELECT id FROM new_rows WHERE status = 'processing')) AS ended\n                JOIN tron_chaintransaction AS tx ON tx.id = ended.transaction_id) AS ended CROSS JOIN LATERAL (\n               VALUES ('fee', fee_sun), ('energy', energy_used), ('staked', energy_staked)\n               ) AS cost (measure, total)\n         WHERE cost.total > 0) AS moved\n         GROUP BY owner_id, router_type, hour, measure, bucket\n        HAVING sum(count) <> 0 OR sum(total) <> 0;\n        RETURN NULL;", hash='cf1b4108be822f60970bfd045eb72835a4f59bc8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_payout_tally_update_b19e0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='payouts_payout', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.UniqueConstraint(fields=('payout', 'approver', 'content_hash'), name='approval_once_per_person'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('needed__gte', 1)), name='approval_needs_somebody'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approval',
            trigger=pgtrigger.compiler.Trigger(name='approval_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0f689756b2a2f86a22af2d89812d3885a1d358f7', operation='UPDATE OR DELETE', pgid='pgtrigger_approval_append_only_e4adc', table='payouts_approval', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approval',
            trigger=pgtrigger.compiler.Trigger(name='approval_by_another', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM payouts_payout WHERE id = NEW.payout_id AND owner_id = NEW.approver_id) THEN RAISE EXCEPTION 'who asked for a payout cannot approve it'; END IF; RETURN NEW;", hash='24091246a2e655f56bd4344acd0d856057c6652a', operation='INSERT', pgid='pgtrigger_approval_by_another_9a205', table='payouts_approval', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='payoutevent',
            index=models.Index(fields=['payout', 'id'], name='payout_event_story'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutevent',
            trigger=pgtrigger.compiler.Trigger(name='payout_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5e9483fa97437583d0adbb2c196043790fb519da', operation='UPDATE OR DELETE', pgid='pgtrigger_payout_event_append_only_6863f', table='payouts_payoutevent', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='releasescheduleaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='releasescheduleaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='releasescheduleaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d6f5eaf9adadf1dd23631caf189f58225cb922e9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d498d', table='payouts_releasescheduleaudit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='reviewexemption',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('api_key__isnull', True), _connector='XOR'), name='exemption_of_a_user_or_a_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewexemption',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_reviewexemptionaudit" ("api_key_id", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."api_key_id", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='93e1c990b124660ec6cbe59b6cc1410d7df87368', operation='INSERT', pgid='pgtrigger_audit_insert_4fb49', table='payouts_reviewexemption', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewexemption',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_reviewexemptionaudit" ("api_key_id", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."api_key_id", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;', hash='cf9dfb263fe85e661c027518b04dc90409a43dcc', operation='UPDATE', pgid='pgtrigger_audit_update_6f347', table='payouts_reviewexemption', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewexemption',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_reviewexemptionaudit" ("api_key_id", "id", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."api_key_id", OLD."id", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='8f335359aae56c88188c959d3cd96c263f105f12', operation='DELETE', pgid='pgtrigger_audit_delete_61ff8', table='payouts_reviewexemption', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='reviewexemptionaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='reviewexemptionaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewexemptionaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='acc7381e1414e3e7b0e97ea8e18724f8c12dcfe6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_de5a8', table='payouts_reviewexemptionaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='reviewruleaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='reviewruleaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewruleaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3820e67aec3dd85e43def79c290258bdca1cf03d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cf77d', table='payouts_reviewruleaudit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='router',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_routeraudit" ("pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "wallet_id") VALUES (COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."type", NEW."type", NEW."wallet_id"); RETURN NULL;', hash='a84aab85b6e3d0b40b90e41e893813914387d48b', operation='INSERT', pgid='pgtrigger_audit_insert_e156f', table='payouts_router', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='router',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_routeraudit" ("pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "wallet_id") VALUES (COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."type", NEW."type", NEW."wallet_id"); RETURN NULL;', hash='84a6ce625f1b81e73ebc6648485a382d76dd10d8', operation='UPDATE', pgid='pgtrigger_audit_update_1b7dc', table='payouts_router', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='router',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_routeraudit" ("pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "wallet_id") VALUES (COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."type", OLD."type", OLD."wallet_id"); RETURN NULL;', hash='c8ef4ba83ba5e9fe07cb6f11ef184a4bd12b7066', operation='DELETE', pgid='pgtrigger_audit_delete_e0591', table='payouts_router', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='routeraudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='routeraudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeraudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='60292a7f4d3cfac97d9f1003b821fd082d765308', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0ffa2', table='payouts_routeraudit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='topuprule',
            constraint=models.CheckConstraint(condition=models.Q(('below_micro__gt', 0), ('up_to_micro__gt', models.F('below_micro')), ('up_to_micro__lte', 1000000000000000)), name='top_up_fills_above_its_bound'),
        ),
        migrations.AddConstraint(
            model_name='topuprule',
            constraint=models.CheckConstraint(condition=models.Q(('wallet', models.F('source')), _negated=True), name='top_up_from_another_wallet'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topuprule',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_topupruleaudit" ("author_id", "below_micro", "changed_at", "enabled", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_id", "up_to_micro", "wallet_id") VALUES (NEW."author_id", NEW."below_micro", NEW."changed_at", NEW."enabled", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'insert\', NEW."id", NEW."source_id", NEW."up_to_micro", NEW."wallet_id"); RETURN NULL;', hash='93227a044d672decc026d4ce9932a048cf49a3b2', operation='INSERT', pgid='pgtrigger_audit_insert_62618', table='payouts_topuprule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topuprule',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "payouts_topupruleaudit" ("author_id", "below_micro", "changed_at", "enabled", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_id", "up_to_micro", "wallet_id") VALUES (NEW."author_id", NEW."below_micro", NEW."changed_at", NEW."enabled", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'update\', NEW."id", NEW."source_id", NEW."up_to_micro", NEW."wallet_id"); RETURN NULL;', hash='fe6cf31ae6748e1c989095a52c7fdacb5785c8e2', operation='UPDATE', pgid='pgtrigger_audit_update_eed86', table='payouts_topuprule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topuprule',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "payouts_topupruleaudit" ("author_id", "below_micro", "changed_at", "enabled", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_id", "up_to_micro", "wallet_id") VALUES (OLD."author_id", OLD."below_micro", OLD."changed_at", OLD."enabled", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, clock_timestamp(), \'delete\', OLD."id", OLD."source_id", OLD."up_to_micro", OLD."wallet_id"); RETURN NULL;', hash='13f881bad39ece51c9d5360e696b47173755b047', operation='DELETE', pgid='pgtrigger_audit_delete_a08bb', table='payouts_topuprule', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='topupruleaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='topupruleaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topupruleaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1dc6df8959d84388feed28ead925d7b28b3eacd1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f4020', table='payouts_topupruleaudit', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='trustedrecipientaudit',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pgh_context'], name='trustedrecipientaudit_by_whom', opclasses=['jsonb_path_ops']),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trustedrecipientaudit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9e0bc84f53b6621e44d348679391caf62ca11db3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0879a', table='payouts_trustedrecipientaudit', when='BEFORE')),
        ),
    ]
