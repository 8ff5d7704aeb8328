"""Forgetting what nobody can use any more. Each call takes one bounded step."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet

from access.models import IdempotencyRecord, TokenFamily

CHUNK = 1000
# A clock that is behind must not meet a token that is still valid there and no longer known.
TOKEN_GRACE = timedelta(days=1)
# Endpoints whose stored answers may go one day. By an answer that is gone a repeated request is a
# first one: never name one that moves or creates money. Whatever is not named is kept for good.
FORGETTABLE: tuple[str, ...] = ()


def idempotency_forget(*, now: datetime) -> int:
    """Forget the oldest answers under idempotency keys of ``FORGETTABLE``; return how many."""
    before = now - timedelta(days=settings.RETENTION_IDEMPOTENCY_DAYS)
    rows = IdempotencyRecord.objects.filter(endpoint__in=FORGETTABLE, created_at__lt=before)
    for prefix in ("payouts.", "payments."):  # as the index idempotency_to_forget has it
        rows = rows.exclude(endpoint__startswith=prefix)
    return _delete(rows.order_by("created_at"))


def tokens_forget(*, now: datetime) -> int:
    """Forget logins whose tokens have all expired, ended or not; return how many."""
    return _delete(TokenFamily.objects.filter(expires_at__lt=now - TOKEN_GRACE).order_by("pk"))


def sessions_forget(*, now: datetime) -> int:
    """Forget sessions of the admin that have expired; return how many."""
    return _delete(Session.objects.filter(expire_date__lt=now).order_by("expire_date"))


def _delete(rows: QuerySet[Model]) -> int:
    keys = list(rows.values_list("pk", flat=True)[:CHUNK])
    return rows.model._default_manager.filter(pk__in=keys).delete()[0]
