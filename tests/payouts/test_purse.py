"""What a chunk may promise: stake and TRX are given out once, in order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.purse import Purse, UnderWay, purse_of, under_way
from payouts.services.wait import NO_TRX, NO_USDT
from tests import builders
from tests.corruption import guards_off
from tron.contracts import Order
from tron.models import TxKind
from tron.resources import Prices
from wallets.fees import BANDWIDTH_SUN, Stake
from wallets.models import Account
from wallets.services.operate import Asker, Cost, operation_request
from wallets.services.operate_cancel import operation_cancel

LIMIT_SUN = 8_357_050  # 64,285 energy at 100 sun, and 30 % more


def accounts(*, usdt: int = 10**12, trx: int = 0, held: int = 0) -> tuple[Account, Account]:
    """Return a wallet's two accounts."""
    return Account(balance_units=usdt), Account(balance_units=trx, held_units=held)


def purse(stake: Stake, under_way: UnderWay | None = None, **units: int) -> Purse:
    """Return a purse over these accounts."""
    return purse_of(*accounts(**units), stake, under_way or UnderWay())


def test_without_stake_all_of_the_limit_and_the_bytes_are_held_in_trx() -> None:
    assert purse(Stake(), trx=10**9).take(1, LIMIT_SUN) == LIMIT_SUN + BANDWIDTH_SUN


def test_what_stake_covers_needs_no_trx() -> None:
    one = purse(Stake(energy_sun=LIMIT_SUN, transfers=1))
    assert one.refusal(1, LIMIT_SUN) == ""
    assert one.take(1, LIMIT_SUN) == 0


def test_the_bytes_are_covered_whole_or_not_at_all() -> None:
    one = purse(Stake(energy_sun=2 * LIMIT_SUN, transfers=1), trx=BANDWIDTH_SUN)
    assert [one.take(1, LIMIT_SUN), one.take(1, LIMIT_SUN)] == [0, BANDWIDTH_SUN]


def test_what_stake_covers_in_part_is_held_in_part() -> None:
    one = purse(Stake(energy_sun=LIMIT_SUN - 1, transfers=9), trx=10**9)
    assert [one.take(1, LIMIT_SUN), one.take(1, LIMIT_SUN)] == [1, LIMIT_SUN]


def test_short_of_both_says_how_much_is_missing() -> None:
    one = purse(Stake(energy_sun=1_000_000), trx=2_100_000)
    needs_sun = LIMIT_SUN - 1_000_000 + BANDWIDTH_SUN
    assert one.refusal(1, LIMIT_SUN) == f"{NO_TRX} It needs 7.70205, has 2.1."
    assert needs_sun == 7_702_050


def test_short_of_usdt_comes_first() -> None:
    assert purse(Stake(), usdt=5).refusal(6, LIMIT_SUN) == NO_USDT


def test_what_is_under_way_keeps_its_stake() -> None:
    stake = Stake(energy_sun=2 * LIMIT_SUN, transfers=2)
    one = purse(stake, UnderWay(LIMIT_SUN, 1), trx=10**9)
    assert [one.take(1, LIMIT_SUN), one.take(1, LIMIT_SUN)] == [0, LIMIT_SUN + BANDWIDTH_SUN]


def test_stake_that_is_gone_keeps_trx_for_those_it_was_promised_to() -> None:
    """They hold no TRX and burn it all the same; nobody else may be promised it."""
    under_way = UnderWay(2 * LIMIT_SUN, 2)
    burns_sun = 2 * (LIMIT_SUN + BANDWIDTH_SUN)
    enough = purse(Stake(), under_way, trx=burns_sun + LIMIT_SUN + BANDWIDTH_SUN)
    assert enough.refusal(1, LIMIT_SUN) == ""
    short = purse(Stake(), under_way, trx=burns_sun + LIMIT_SUN + BANDWIDTH_SUN - 1)
    assert short.refusal(1, LIMIT_SUN).startswith(NO_TRX)


def test_what_is_held_for_operations_is_no_transfer_s_to_burn() -> None:
    """Two reserves: neither pays for what the other was kept for."""
    one_sun, operations_sun = LIMIT_SUN + BANDWIDTH_SUN, 50 * 10**6
    under_way = UnderWay(2 * LIMIT_SUN, 2, others_held_sun=operations_sun)
    trx = {"trx": operations_sun + 3 * one_sun, "held": operations_sun}
    assert purse(Stake(), under_way, **trx).refusal(1, LIMIT_SUN) == ""
    trx["trx"] -= 1
    assert purse(Stake(), under_way, **trx).refusal(1, LIMIT_SUN).startswith(NO_TRX)


@pytest.mark.django_db
def test_what_operations_hold_is_read_from_their_holds() -> None:
    wallet = builders.hot_wallet()
    order = Order(TxKind.STAKE, str(wallet.address), amount=7, terms={"resource": "ENERGY"})
    asked = {"order": order, "cost": Cost(3), "asker": Asker("tests"), "now": utc_now()}
    builders.signed(builders.payout(builders.user()))
    memo = builders.payout(builders.user())
    with guards_off(Payout):
        Payout.objects.filter(pk=memo.pk).update(memo="x")
    builders.signed(Payout.objects.get(pk=memo.pk))
    first = operation_request(wallet_id=wallet.pk, **asked)
    operation_request(wallet_id=wallet.pk, **asked)
    operation_request(wallet_id=builders.hot_wallet().pk, **asked)
    assert under_way(wallet).others_held_sun == 20
    operation_cancel(operation_id=first.pk, by="tests", now=utc_now())
    prices = Prices(100, 1_000, 10**9, memo_fee_sun=10**6)
    extra_sun = 10**6 + (345 + 1 + 3) * 1_000
    assert under_way(wallet, prices) == UnderWay(2 * builders.FEE_LIMIT_SUN, 2, extra_sun, 10)


def test_what_memos_burn_is_kept_when_the_stake_is_gone() -> None:
    """It was held beside a stake that covered the rest, and now all of it is burned."""
    one_sun, extra_sun = LIMIT_SUN + BANDWIDTH_SUN, 10**6
    trx = {"trx": 3 * one_sun + extra_sun, "held": extra_sun}
    assert purse(Stake(), UnderWay(2 * LIMIT_SUN, 2, extra_sun), **trx).refusal(1, LIMIT_SUN) == ""
    trx["trx"] -= 1
    short = purse(Stake(), UnderWay(2 * LIMIT_SUN, 2, extra_sun), **trx)
    assert short.refusal(1, LIMIT_SUN).startswith(NO_TRX)


def test_an_overdrawn_wallet_still_pays_what_stake_covers_and_nothing_else() -> None:
    one = purse(Stake(energy_sun=LIMIT_SUN, transfers=1), trx=5, held=100)
    assert one.refusal(1, LIMIT_SUN) == ""
    one.take(1, LIMIT_SUN)
    assert one.refusal(1, LIMIT_SUN).endswith("has 0.")


@given(
    stake=st.builds(Stake, st.integers(0, 10**8), st.integers(0, 10)),
    trx_sun=st.integers(0, 10**8),
    chunks=st.lists(st.lists(st.integers(1, 2 * 10**7), max_size=8), max_size=4),
)
def test_holds_always_cover_what_all_of_them_burn_at_worst(
    stake: Stake, trx_sun: int, chunks: list[list[int]]
) -> None:
    """Whatever is chosen, chunk after chunk, while nothing is executed yet."""
    held_sun, limits = 0, []
    for chunk in chunks:
        one = purse(stake, UnderWay(sum(limits), len(limits)), trx=trx_sun, held=held_sun)
        for limit_sun in chunk:
            if not one.refusal(1, limit_sun):
                held_sun += one.take(1, limit_sun)
                limits.append(limit_sun)
        assert UnderWay(sum(limits), len(limits)).burns_sun(stake) <= held_sun <= trx_sun


def _executed(stake: Stake, limit_sun: int, data: Any) -> tuple[Stake, int]:
    """Return the stake left after a transfer used what it may, at most, and what it burned."""
    used_sun = data.draw(st.integers(0, limit_sun))
    from_stake = min(used_sun, stake.energy_sun)
    bytes_sun = 0 if stake.transfers else stake.bandwidth_sun
    left = Stake(stake.energy_sun - from_stake, max(0, stake.transfers - 1))
    return left, used_sun - from_stake + bytes_sun


@given(
    energy_sun=st.integers(0, 5 * 10**7),
    transfers=st.integers(0, 5),
    trx_sun=st.integers(0, 10**8),
    data=st.data(),
)
def test_trx_never_runs_out_whatever_is_executed_first(
    energy_sun: int, transfers: int, trx_sun: int, data: Any
) -> None:
    """Transfers are signed and executed in any order, each with any use up to its limit."""
    stake, balance_sun = Stake(energy_sun, transfers), trx_sun
    live: list[tuple[int, int]] = []  # (fee limit, TRX held)
    for _ in range(data.draw(st.integers(1, 12))):
        if live and data.draw(st.booleans()):
            limit_sun, _ = live.pop(data.draw(st.integers(0, len(live) - 1)))
            stake, burned_sun = _executed(stake, limit_sun, data)
            balance_sun -= burned_sun
            assert balance_sun >= 0
            continue
        limits, held = sum(limit for limit, _ in live), sum(held for _, held in live)
        one = purse(stake, UnderWay(limits, len(live)), trx=balance_sun, held=held)
        limit_sun = data.draw(st.integers(1, 2 * 10**7))
        if not one.refusal(1, limit_sun):
            live.append((limit_sun, one.take(1, limit_sun)))
