"""Voting for those who make blocks: a vote for each TRX at stake."""

from collections.abc import Sequence
from dataclasses import dataclass

from lucidpay.errors import Conflict, LucidError, ValidationFailed
from lucidpay.money import UNITS_PER_TOKEN
from staking.under_way import alone
from tron.account import account_of
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.stakes import witnesses
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare

VOTES_MAX = 30  # java-tron Parameter.ChainConstant.MAX_VOTE_NUMBER


@dataclass(frozen=True)
class Vote:
    """So many votes for one witness."""

    address: str
    count: int


class VotesRefused(LucidError):
    """These votes cannot be cast. Details say why."""

    code = ValidationFailed.code
    status_code = 400


class TooFewVotes(Conflict):
    """The wallet has fewer votes than that: one for each whole TRX at stake."""


def votes_cast(*, wallet: Wallet, votes: Sequence[Vote]) -> Prepared:
    """Return votes, which take the place of all that the wallet has cast before.

    One is open at a time. Raises ``VotesRefused``, ``TooFewVotes`` and what ``operation_prepare``
    raises.
    """
    _shape_check(votes)
    address, asked = str(wallet.address), sum(vote.count for vote in votes)

    async def check(node: Node) -> None:
        known = {one.address for one in await witnesses(node)}
        strange = [vote.address for vote in votes if vote.address not in known]
        if strange:
            raise VotesRefused({"votes": [f"{one} is no witness." for one in strange]})
        power = (await account_of(node, address)).staked_sun // UNITS_PER_TOKEN
        if asked > power:
            raise TooFewVotes({"votes_total": power, "votes_asked": asked})

    listed = [{"address": vote.address, "count": vote.count} for vote in votes]
    order = Order(TxKind.VOTE, address, terms={"votes": listed})
    once_key = alone(wallet, TxKind.VOTE)
    return operation_prepare(wallet, order, check, once_key=once_key)


def _shape_check(votes: Sequence[Vote]) -> None:
    if not 1 <= len(votes) <= VOTES_MAX:
        raise VotesRefused({"votes": [f"For 1 to {VOTES_MAX} witnesses."]})
    if len({vote.address for vote in votes}) < len(votes):
        raise VotesRefused({"votes": ["Name each witness once."]})
    if any(vote.count < 1 for vote in votes):
        raise VotesRefused({"votes": ["At least one vote each."]})
