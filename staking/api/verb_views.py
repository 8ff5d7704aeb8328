"""`POST /tron/staking/…`: parse, one service call, render. Each starts an operation (202)."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from lucidpay.api.schema import refusals
from lucidpay.api.views import LimitedView
from lucidpay.errors import LucidError
from staking.api.serializers import (
    DelegateIn,
    OfWalletIn,
    StakeIn,
    UndelegateIn,
    UnstakeIn,
    VotesIn,
)
from staking.services.cancel_unstake import NothingUnstaking, unstake_cancel
from staking.services.claim_rewards import ClaimedLately, NothingToClaim, rewards_claim
from staking.services.delegate import (
    LockOutOfRange,
    LockTooShort,
    NotDelegable,
    ReceiverRefused,
    resource_delegate,
)
from staking.services.stake import trx_stake
from staking.services.undelegate import NotDelegated, StillLocked, resource_undelegate
from staking.services.unstake import NotStaked, TooManyUnstakings, trx_unstake
from staking.services.vote import TooFewVotes, Vote, VotesRefused, votes_cast
from staking.services.withdraw import NothingToWithdraw, unstaked_withdraw
from tron.account import Resource
from tron.api.fields import AddressRefused, body_with_addresses
from tron.kinds import TxKind
from wallets.api.operating import operate
from wallets.api.operation_described import (
    OPERATION_HEADERS,
    OPERATION_KEY,
    OPERATION_REFUSALS,
    operation_example,
)
from wallets.api.operation_serializers import OperationOut
from wallets.models import Wallet
from wallets.queries import wallet_of
from wallets.services.operate import OperationUnderWay
from wallets.services.operate_prepare import Prepared

ACCEPTED = OpenApiResponse(OperationOut, description="Stored, and on its way.")
WALLET = "wallet_01890a5dac96774bbcceb302099a8057"
RECEIVER, WITNESS = "TGzz8gjYiYRqpfmDwnLxfgPuLVNmpCswVp", "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"
STAKE = {"wallet_id": WALLET, "amount_trx": 1000, "resource": "ENERGY"}
VOTES = [{"address": WITNESS, "count": 1000}]


class VerbView(LimitedView):
    """What all that stakes has in common."""

    required_scopes = {"POST": scopes.STAKING_MANAGE}

    def operate(
        self, request: Request, body: dict[str, Any], prepare: Callable[[Wallet], Prepared]
    ) -> Response:
        """Start what ``prepare`` returns for the body's wallet, once for an Idempotency-Key."""
        wallet = wallet_of(body["wallet_id"])
        endpoint = self.endpoints["POST"]
        return operate(request, endpoint=endpoint, body=body, prepare=lambda: prepare(wallet))


def _answers(*kinds: type[LucidError]) -> dict[int, OpenApiResponse]:
    return {202: ACCEPTED, **refusals(*OPERATION_REFUSALS, *kinds)}


def _examples(asked: dict[str, Any], kind: TxKind, **fields: Any) -> list[OpenApiExample]:
    answered = {"kind": kind, "amount": None, "terms": None, **fields}
    return [OpenApiExample("usual", value=asked, request_only=True), operation_example(**answered)]


class StakeView(VerbView):
    """Stake."""

    endpoints = {"POST": "staking.stake"}

    @extend_schema(
        operation_id="staking_stake",
        request=StakeIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(),
        examples=_examples(STAKE, TxKind.STAKE, amount=1000, terms={"resource": "ENERGY"}),
        summary="Stake TRX",
    )
    def post(self, request: Request) -> Response:
        """For energy or bandwidth, and a vote for each whole TRX.

        What is staked comes back by `unstake`, 14 days later.
        """
        body = body_with_addresses(request, StakeIn)
        amount_sun, resource = body["amount_trx"], Resource(body["resource"])
        return self.operate(
            request,
            body,
            lambda wallet: trx_stake(wallet=wallet, amount_sun=amount_sun, resource=resource),
        )


class UnstakeView(VerbView):
    """Unstake."""

    endpoints = {"POST": "staking.unstake"}

    @extend_schema(
        operation_id="staking_unstake",
        request=UnstakeIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(NotStaked, TooManyUnstakings),
        examples=_examples(STAKE, TxKind.UNSTAKE, amount=1000, terms={"resource": "ENERGY"}),
        summary="Take TRX out of a stake",
    )
    def post(self, request: Request) -> Response:
        """It gives nothing any more at once, and can be withdrawn after 14 days.

        What others may use must be taken back first (`undelegate`). Votes go with the stake.
        """
        body = body_with_addresses(request, UnstakeIn)
        amount_sun, resource = body["amount_trx"], Resource(body["resource"])
        return self.operate(
            request,
            body,
            lambda wallet: trx_unstake(wallet=wallet, amount_sun=amount_sun, resource=resource),
        )


class CancelUnstakeView(VerbView):
    """Cancel what is being unstaked."""

    endpoints = {"POST": "staking.cancel_unstake"}

    @extend_schema(
        operation_id="staking_cancel_unstake",
        request=OfWalletIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(NothingUnstaking, OperationUnderWay),
        examples=_examples({"wallet_id": WALLET}, TxKind.CANCEL_UNSTAKE),
        summary="Stake again what is being unstaked",
    )
    def post(self, request: Request) -> Response:
        """All of it: the network knows no part. What has matured is paid out."""
        body = body_with_addresses(request, OfWalletIn)
        return self.operate(request, body, lambda wallet: unstake_cancel(wallet=wallet))


class WithdrawView(VerbView):
    """Withdraw."""

    endpoints = {"POST": "staking.withdraw"}

    @extend_schema(
        operation_id="staking_withdraw",
        request=OfWalletIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(NothingToWithdraw, OperationUnderWay),
        examples=_examples({"wallet_id": WALLET}, TxKind.WITHDRAW),
        summary="Withdraw what was unstaked",
    )
    def post(self, request: Request) -> Response:
        """All that was unstaked 14 days ago or longer goes back into the balance."""
        body = body_with_addresses(request, OfWalletIn)
        return self.operate(request, body, lambda wallet: unstaked_withdraw(wallet=wallet))


class DelegateView(VerbView):
    """Delegate."""

    endpoints = {"POST": "staking.delegate"}

    @extend_schema(
        operation_id="staking_delegate",
        request=DelegateIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(
            AddressRefused, ReceiverRefused, LockOutOfRange, LockTooShort, NotDelegable
        ),
        examples=_examples(
            {**STAKE, "receiver": RECEIVER, "lock_days": 3},
            TxKind.DELEGATE,
            amount=1000,
            to_address=RECEIVER,
            terms={"resource": "ENERGY", "lock_blocks": 86_400},
        ),
        summary="Let another address use a stake",
    )
    def post(self, request: Request) -> Response:
        """The TRX and their votes stay with the wallet; what they give goes to the receiver."""
        body = body_with_addresses(request, DelegateIn)
        amount_sun, resource = body["amount_trx"], Resource(body["resource"])
        return self.operate(
            request,
            body,
            lambda wallet: resource_delegate(
                wallet=wallet,
                receiver=body["receiver"],
                amount_sun=amount_sun,
                resource=resource,
                lock_days=body.get("lock_days", 0),
            ),
        )


class UndelegateView(VerbView):
    """Undelegate."""

    endpoints = {"POST": "staking.undelegate"}

    @extend_schema(
        operation_id="staking_undelegate",
        request=UndelegateIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(AddressRefused, NotDelegated, StillLocked),
        examples=_examples(
            {**STAKE, "receiver": RECEIVER},
            TxKind.UNDELEGATE,
            amount=1000,
            to_address=RECEIVER,
            terms={"resource": "ENERGY"},
        ),
        summary="Take back what another address was lent",
    )
    def post(self, request: Request) -> Response:
        """What is locked stays until its time is over."""
        body = body_with_addresses(request, UndelegateIn)
        amount_sun, resource = body["amount_trx"], Resource(body["resource"])
        return self.operate(
            request,
            body,
            lambda wallet: resource_undelegate(
                wallet=wallet,
                receiver=body["receiver"],
                amount_sun=amount_sun,
                resource=resource,
            ),
        )


class VoteView(VerbView):
    """Vote."""

    endpoints = {"POST": "staking.vote"}

    @extend_schema(
        operation_id="staking_vote",
        request=VotesIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(VotesRefused, TooFewVotes, OperationUnderWay),
        examples=_examples(
            {"wallet_id": WALLET, "votes": VOTES}, TxKind.VOTE, terms={"votes": VOTES}
        ),
        summary="Vote",
    )
    def post(self, request: Request) -> Response:
        """Replaces all votes of the wallet. They count from the next round on, within 6 hours."""
        body = body_with_addresses(request, VotesIn)
        votes = [Vote(one["address"], one["count"]) for one in body["votes"]]
        return self.operate(request, body, lambda wallet: votes_cast(wallet=wallet, votes=votes))


class ClaimRewardsView(VerbView):
    """Claim rewards."""

    endpoints = {"POST": "staking.claim_rewards"}

    @extend_schema(
        operation_id="staking_claim_rewards",
        request=OfWalletIn,
        parameters=[OPERATION_KEY, *OPERATION_HEADERS],
        responses=_answers(ClaimedLately, NothingToClaim, OperationUnderWay),
        examples=_examples({"wallet_id": WALLET}, TxKind.CLAIM_REWARDS),
        summary="Claim rewards",
    )
    def post(self, request: Request) -> Response:
        """All that votes have earned goes into the balance; once in 24 hours."""
        body = body_with_addresses(request, OfWalletIn)
        return self.operate(request, body, lambda wallet: rewards_claim(wallet=wallet))
