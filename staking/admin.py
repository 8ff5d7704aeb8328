"""Staking in the admin: whose stake may work for whom."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.decorators import display

from access.console import NOTHING, ConsoleAdmin, manages_access, sees_wallets, time_text
from access.step_up import StepUpAdmin
from staking.admin_verbs import VERBS
from staking.admin_wallet import staking_view
from staking.models import DelegationPolicy, EnergyWanted
from wallets.admin_orders import order_urls
from wallets.models import Wallet, WalletKind, WalletStatus


@admin.register(DelegationPolicy)
class DelegationPolicyAdmin(StepUpAdmin, ConsoleAdmin):
    """Set by those who manage the service; each change is in the audit trail."""

    empty_text = "No stake works for another wallet by itself. Add which may."
    sees = staticmethod(sees_wallets)
    list_display = ("staking_wallet", "hot_wallet", "enabled", "most_trx", "least_trx", "wanted")
    list_select_related = ("staking_wallet", "hot_wallet")
    fields = ("staking_wallet", "hot_wallet", "enabled", "most_trx", "least_trx", "wanted")
    readonly_fields = ("wanted",)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of each wallet's stake, and of what it can be asked for."""
        site, opts = self.admin_site, self.opts
        view = site.admin_view(partial(staking_view, site=site, opts=opts))
        own = path("wallet/<uuid:wallet_id>/", view, name="staking_wallet")
        orders = order_urls(VERBS, site=site, opts=opts, prefix="wallet/")
        return [own, *orders, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DelegationPolicy]:
        """Load with each what its wallet's payouts need."""
        rows: QuerySet[DelegationPolicy] = super().get_queryset(request)
        told = EnergyWanted.objects.filter(wallet=OuterRef("hot_wallet"))
        needs = {"energy_wanted": told.values("energy")[:1], "wanted_at": told.values("at")[:1]}
        return rows.annotate(**{name: Subquery(value) for name, value in needs.items()})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those who manage the service add one."""
        return manages_access(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those who manage the service change one."""
        return manages_access(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those who manage the service take one back; what is lent stays lent."""
        return manages_access(request)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """Offer active wallets, and read no sealed key for it."""
        wallets = Wallet.objects.filter(status=WalletStatus.ACTIVE).defer("sealed_key")
        if db_field.name == "staking_wallet":
            wallets = wallets.exclude(kind=WalletKind.WATCH)
        kwargs["queryset"] = wallets.order_by("name")
        found: forms.ModelChoiceField | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return found

    @display(description="energy wanted")
    def wanted(self, policy: DelegationPolicy) -> str:
        """Return what the payouts need, and when that was told."""
        energy = getattr(policy, "energy_wanted", None)  # one that is being added is told nothing
        if energy is None:
            return NOTHING
        return f"{energy:,} at {time_text(policy.wanted_at)}"  # type: ignore[attr-defined]
