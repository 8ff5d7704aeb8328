"""Every address of the admin, with a row to look at where it wants one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_celery_beat.models import PeriodicTask

from access.models import ApiKey, User
from gateway.models_fees import FeeSchedule, Rate
from gateway.models_report import Report
from gateway.states import ReportStatus
from lucidpay.clock import utc_now
from payouts.models_limits import BreakerTrip, Limit
from payouts.models_recipients import KycRecord, TrustedRecipient
from payouts.models_review import ApprovalTier, ReviewExemption, ReviewRule
from payouts.models_top_up import TopUpRule
from payouts.models_upload import BatchUpload
from payouts.services.recipients import kyc_add
from staking.models import DelegationPolicy
from tests import builders
from tests.access.policy import policy_set
from tests.admin import uploads
from tests.admin.rows import one_of_each, unexplained_in
from wallets.models import WalletKind
from wallets.services.funding import funding_source_add

PREFIX = "admin/"
# Django's own that lead nowhere here, or hold no act of ours.
LEFT_OUT = frozenset(
    {
        "", "admin:", "admin:login", "admin:logout", "admin:app_list", "admin:autocomplete",
        "admin:jsi18n", "admin:view_on_site", "admin:password_change",
        "admin:password_change_done",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """An address of the admin; ``wants``: the names of what it is to be completed with."""

    name: str
    wants: tuple[str, ...]

    @property
    def parts(self) -> tuple[str, str]:
        """Return ``app_model``, and what is done to it; nothing for a page of no model's."""
        name = self.name.removeprefix("admin:")
        for label in _labels():
            if name.startswith(f"{label}_"):
                return label, name.removeprefix(f"{label}_")
        return "", name


def _labels() -> list[str]:
    models = (model._meta for model in admin.site._registry)
    # What a wallet does with its stake has pages of its own, among those of lending.
    return [*(f"{one.app_label}_{one.model_name}" for one in models), "staking_wallet"]


def every_page() -> list[Page]:
    """Return the addresses that the platform has now."""
    return [
        Page(name, tuple(pattern.pattern.converters))
        for name, pattern in _patterns(get_resolver(), "", "")
        if name not in LEFT_OUT
    ]


def _patterns(resolver: URLResolver, path: str, space: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        whole = path + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from _patterns(one, whole, inner)
        elif whole.startswith(PREFIX):
            yield space + (one.name or ""), one


class Rows:
    """A row for every page that wants one, each in a state in which its verbs make sense."""

    def __init__(self, owner: User) -> None:
        builders.lift_limits()
        waiting, failed = builders.in_review(owner), builders.payout(owner, status="failed")
        self._rows = one_of_each(owner) | _policies() | _access(owner)
        self._rows["payouts_awaitingreview"] = waiting
        Report.objects.update(
            status=ReportStatus.READY, ready_at=utc_now(), size_bytes=0, sha256="ab" * 32
        )
        self._of_page = {
            "admin:payouts_payout_approve": waiting,
            "admin:payouts_payout_reject": waiting,
            "admin:payouts_payout_edit": waiting,
            "admin:payouts_payout_cancel": waiting,
            "admin:payouts_payout_retry": failed,
            "admin:payouts_kycrecord_approve": self._rows["pending_kyc"],
            "admin:payouts_kycrecord_revoke": self._rows["pending_kyc"],
            "admin:payouts_trustedrecipient_approve": self._rows["proposed_recipient"],
            "admin:wallets_journal_explain": unexplained_in(self._rows["wallets_wallet"]),
            "admin:gateway_dispute_open": self._rows["gateway_payment"],
            "admin:webhooks_endpoint_on": self._rows["webhooks_endpoint"],
        }

    def upload_of(self, client: Client) -> None:
        """Let a member of staff have uploaded a file, in which a row is wrong: it is theirs."""
        content = uploads.csv_of(*uploads.rows_of(1))
        upload = uploads.uploaded(client, content)
        BatchUpload.objects.filter(pk=upload.pk).update(checked_at=utc_now(), faults=b"row 7")
        self._rows["upload"] = upload

    def labels(self) -> set[str]:
        """Return the models that there is a row of, as ``app_model``."""
        return set(self._rows)

    def of(self, label: str) -> Any:
        """Return the row of a model."""
        return self._rows[label]

    def address(self, page: Page) -> str:
        """Return the address of a page with its row."""
        if not page.wants:
            return reverse(page.name)
        if page.wants == ("batch_id", "kind"):
            return reverse(page.name, args=[self._rows["payouts_batch"].pk, "csv"])
        return reverse(page.name, args=[self._row(page).pk])

    def _row(self, page: Page) -> Any:
        if page.name in self._of_page:
            return self._of_page[page.name]
        known = {"upload_id": "upload", "wallet_id": "wallets_wallet", "id": "access_user"}
        return self._rows[known.get(page.wants[0], page.parts[0])]


def _policies() -> dict[str, Any]:
    policy_set()
    wallet = builders.wallet_of(WalletKind.COLD)
    policy = DelegationPolicy.objects.create(
        staking_wallet=wallet, hot_wallet=builders.hot_wallet(), most_trx=1_000
    )
    known = {"by": "olga", "now": utc_now()}
    pending = kyc_add(
        address=builders.address(), kyc_hash="cd" * 32, level=3,
        expires_at=utc_now() + timedelta(days=9), **known,
    )  # fmt: skip
    proposed = TrustedRecipient.objects.create(
        address=builders.address(), note="", added_by="olga", added_at=utc_now()
    )
    return {
        "payouts_limit": Limit.objects.first(),
        "payouts_breakertrip": BreakerTrip.objects.get(),
        "payouts_kycrecord": KycRecord.objects.first(),
        "pending_kyc": pending,
        "payouts_trustedrecipient": TrustedRecipient.objects.exclude(pk=proposed.pk).first(),
        "proposed_recipient": proposed,
        "payouts_reviewrule": ReviewRule.objects.first(),
        "payouts_approvaltier": ApprovalTier.objects.get(),
        "payouts_reviewexemption": ReviewExemption.objects.get(),
        "payouts_topuprule": TopUpRule.objects.get(),
        "django_celery_beat_periodictask": PeriodicTask.objects.get(name="release DAILY"),
        "staking_delegationpolicy": policy,
        "wallets_fundingsource": funding_source_add(
            address=builders.address(), note="the exchange", **known
        ),
        "gateway_feeschedule": FeeSchedule.objects.first(),
        "gateway_rate": Rate.objects.create(
            micro_per_trx=250_000, source="manual", by="olga", at=utc_now(),
            expires_at=utc_now() + timedelta(hours=1),
        ),
    }  # fmt: skip


def _access(owner: User) -> dict[str, Any]:
    key, _ = builders.api_key(owner)
    assert isinstance(key, ApiKey)
    return {"access_user": owner, "access_apikey": key}
