"""What people ask the stake of a wallet for in the admin; each is one transaction."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from access.scopes import STAKING_MANAGE
from staking.services.cancel_unstake import unstake_cancel
from staking.services.claim_rewards import rewards_claim
from staking.services.delegate import resource_delegate
from staking.services.stake import trx_stake
from staking.services.undelegate import resource_undelegate
from staking.services.unstake import trx_unstake
from staking.services.vote import VOTES_MAX, Vote, votes_cast
from staking.services.withdraw import unstaked_withdraw
from tron.account import BOTH, Resource
from tron.address import InvalidAddress, address_parse
from wallets.admin_fields import AddressField, ReasonForm, TrxField
from wallets.admin_orders import Given, Verb
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared

LOCK_DAYS_MAX = 365  # the network's own bound is asked of it
LINE_MAX = 60 * VOTES_MAX


class StakeForm(ReasonForm):
    """How much, and for what."""

    amount = TrxField(label="TRX")
    resource = forms.ChoiceField(
        choices=[(one.value, one.value.lower()) for one in reversed(BOTH)],
        widget=UnfoldAdminSelectWidget(),
        help_text="USDT transfers need energy.",
    )
    field_order: tuple[str, ...] = ("resource", "amount", "reason")


class LendForm(StakeForm):
    """How much of what, and to whom."""

    receiver = AddressField(label="Address that may use it")
    field_order: tuple[str, ...] = ("receiver", "resource", "amount", "reason")


class LockedLendForm(LendForm):
    """To whom, how much of what, and for how long at least."""

    lock_days = forms.IntegerField(
        label="Days for which it cannot be taken back",
        min_value=0,
        max_value=LOCK_DAYS_MAX,
        initial=0,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        help_text="0: it can be taken back at any time.",
    )
    field_order = ("receiver", "resource", "amount", "lock_days", "reason")


class VotesForm(ReasonForm):
    """Whom the stake votes for."""

    votes = forms.CharField(
        max_length=LINE_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="A line for each: the witness's address, a blank, and how many votes.",
    )
    field_order = ("votes", "reason")

    def clean_votes(self) -> list[dict[str, Any]]:
        """Return addresses with their votes, or raise for a line that is none."""
        return [_vote(line) for line in self.cleaned_data["votes"].splitlines() if line.strip()]


def _vote(line: str) -> dict[str, Any]:
    address, _, count = line.strip().partition(" ")
    count = count.strip().replace(",", "")
    try:
        address_parse(address)
    except InvalidAddress as error:
        raise forms.ValidationError(f"No TRON address: {address}") from error
    if not count.isascii() or not count.isdecimal() or len(count) > 12:
        raise forms.ValidationError(f"No number of votes: {line.strip()}")
    return {"address": address, "count": int(count)}


def _stake(wallet: Wallet, given: Given) -> Prepared:
    resource = Resource(given["resource"])
    return trx_stake(wallet=wallet, amount_sun=given["amount"], resource=resource)


def _unstake(wallet: Wallet, given: Given) -> Prepared:
    resource = Resource(given["resource"])
    return trx_unstake(wallet=wallet, amount_sun=given["amount"], resource=resource)


def _delegate(wallet: Wallet, given: Given) -> Prepared:
    return resource_delegate(
        wallet=wallet,
        receiver=given["receiver"],
        amount_sun=given["amount"],
        resource=Resource(given["resource"]),
        lock_days=given["lock_days"],
    )


def _undelegate(wallet: Wallet, given: Given) -> Prepared:
    return resource_undelegate(
        wallet=wallet,
        receiver=given["receiver"],
        amount_sun=given["amount"],
        resource=Resource(given["resource"]),
    )


def _vote_for(wallet: Wallet, given: Given) -> Prepared:
    votes = [Vote(one["address"], one["count"]) for one in given["votes"]]
    return votes_cast(wallet=wallet, votes=votes)


VERBS = (
    Verb("stake", "Stake", "TRX work for energy or bandwidth, and vote. They come back 14 days "
         "after they are unstaked.", STAKING_MANAGE, _stake, StakeForm),
    Verb("unstake", "Unstake", "It gives nothing any more at once, and can be withdrawn after 14 "
         "days. Votes go with it. Take back first what others may use.",
         STAKING_MANAGE, _unstake, StakeForm, is_danger=True),
    Verb("cancel-unstake", "Cancel unstaking", "All that is being unstaked is staked again; what "
         "has matured is paid out.", STAKING_MANAGE, lambda one, _: unstake_cancel(wallet=one)),
    Verb("withdraw", "Withdraw", "All that was unstaked long enough ago goes back into the "
         "balance.", STAKING_MANAGE, lambda one, _: unstaked_withdraw(wallet=one)),
    Verb("delegate", "Lend", "Another address may use what the stake gives. The TRX and their "
         "votes stay here.", STAKING_MANAGE, _delegate, LockedLendForm),
    Verb("undelegate", "Take back", "What another address was lent comes back, unless it is locked "
         "still.", STAKING_MANAGE, _undelegate, LendForm),
    Verb("vote", "Vote", "These votes take the place of all that were cast before: one for each "
         "whole TRX at stake. They count from the next round on, within 6 hours.",
         STAKING_MANAGE, _vote_for, VotesForm),
    Verb("claim-rewards", "Claim rewards", "All that votes have earned goes into the balance; once "
         "in 24 hours.", STAKING_MANAGE, lambda one, _: rewards_claim(wallet=one)),
)  # fmt: skip
