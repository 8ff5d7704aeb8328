"""Rates of a pair on chain, read from a real node."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from gateway.models_fees import Rate
from gateway.policy.rates import pay_sun_of, rate_now
from gateway.rates import onchain
from gateway.rates.source import NoRate, RateNotRead
from lucidpay.clock import utc_now
from tests.builders import USDT
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, somebody
from tests.tron.conftest import liar, node, sandbox, two
from tests.tron.lying_node import LyingNode, changes, drops, hangs, says
from tests.tron.two_nodes import Two
from tron.sandbox.genesis import PAIR_CONTRACT, USDT_CONTRACT

__all__ = ["liar", "node", "sandbox", "two"]
pytestmark = pytest.mark.django_db
CONSTANT = "walletsolidity/triggerconstantcontract"
RESERVES = "0902f1ac"


@pytest.fixture(autouse=True)
def _pair(settings: Any) -> None:
    settings.RATE_PAIR = PAIR_CONTRACT
    settings.RATE_PAIR_LIQUIDITY_MIN_USDT = 100_000
    # However long ago the run has begun: the chain's time stands still between blocks.
    settings.TRON_HEAD_AGE_MAX_S = 3600


def holds(node: SandboxProcess, trx: Any, usdt: Any, *, usdt_first: bool = False) -> None:
    """Let the pair hold this, solid."""
    node.post("/sandbox/pair", trx=trx, usdt=usdt, usdt_first=usdt_first)
    node.mine(1 + SOLID_LAG)


def refused(status: str, **at: Any) -> None:
    with pytest.raises(NoRate) as caught:
        rate_now(**{"now": utc_now(), **at})
    assert (caught.value.status_code, caught.value.details) == (409, {"status": status})


def reads(liar: LyingNode, function: str = RESERVES) -> int:
    return sum(one.question["data"] == function for one in liar.questions(CONSTANT))


@pytest.mark.parametrize("usdt_first", [False, True])
def test_the_rate_is_the_ratio_of_what_the_pair_holds(
    node: SandboxProcess, usdt_first: bool
) -> None:
    holds(node, 3_000_000, 1_000_000, usdt_first=usdt_first)
    rate = rate_now(now=utc_now())
    assert (rate.micro_per_trx, rate.source) == (333_333, "onchain")
    assert rate.details == {
        "pair": PAIR_CONTRACT, "sun": 3 * 10**12, "usdt_micro": 10**12,
        "block_number": node.state()["solid"]["number"], "block_id": node.state()["solid"]["id"],
    }  # fmt: skip
    assert pay_sun_of(333_333, rate) == 10**6
    assert pay_sun_of(USDT, rate) == 3_000_004


def test_only_what_is_solid_counts(node: SandboxProcess) -> None:
    holds(node, 1_000_000, 300_000)
    node.post("/sandbox/pair", trx=1_000_000, usdt=900_000)
    node.mine(SOLID_LAG - 1)
    assert rate_now(now=utc_now()).micro_per_trx == 300_000


def test_it_is_asked_once_for_as_long_as_the_answer_holds(
    node: SandboxProcess, liar: LyingNode, settings: Any
) -> None:
    settings.RATE_PAIR_VALID_S = 60
    holds(node, 1_000_000, 300_000)
    now = utc_now()
    first = rate_now(now=now)
    assert first.expires_at == now + timedelta(seconds=60)
    heard = len(liar.heard)
    assert rate_now(now=now + timedelta(seconds=59)) == first
    assert len(liar.heard) == heard
    holds(node, 1_000_000, 310_000)
    later = rate_now(now=now + timedelta(seconds=60))
    assert (later.micro_per_trx, reads(liar)) == (310_000, 2)
    assert Rate.objects.count() == 2


def test_which_token_comes_first_is_asked_once(node: SandboxProcess, liar: LyingNode) -> None:
    holds(node, 1_000_000, 300_000)
    now = utc_now()
    for minutes in range(3):
        rate_now(now=now + timedelta(minutes=2 * minutes))
    assert (reads(liar), reads(liar, "0dfe1681"), reads(liar, "95d89b41")) == (3, 1, 1)


def test_a_rate_of_another_pair_does_not_hold_for_this_one(node: SandboxProcess) -> None:
    holds(node, 1_000_000, 300_000)
    now = utc_now()
    Rate.objects.create(
        micro_per_trx=5, source="onchain", by="x", details={"pair": somebody()}, at=now,
        expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    assert rate_now(now=now).micro_per_trx == 300_000


def test_a_person_s_rate_never_stands_in_for_the_pair_s(node: SandboxProcess) -> None:
    holds(node, 0, 0)
    now = utc_now()
    Rate.objects.create(
        micro_per_trx=5, source="manual", by="x", at=now, expires_at=now + timedelta(hours=1)
    )
    refused("too_little_liquidity")


@pytest.mark.parametrize(
    ("trx", "usdt", "status"),
    [
        (0, 0, "too_little_liquidity"),
        (1_000_000, "99999.999999", "too_little_liquidity"),
        (0, 100_000, "rate_out_of_range"),
        (999, 100_000, "rate_out_of_range"),
        ("100000001", 100_000, "rate_out_of_range"),
    ],
)
def test_a_drained_or_odd_pair_gives_no_rate(
    node: SandboxProcess, trx: Any, usdt: Any, status: str
) -> None:
    holds(node, trx, usdt)
    refused(status)
    assert not Rate.objects.exists()


@pytest.mark.parametrize(("trx", "micro"), [(1_000, 100_000_000), (100_000_000, 1_000)])
def test_the_bounds_themselves_are_rates(node: SandboxProcess, trx: int, micro: int) -> None:
    holds(node, trx, 100_000)
    assert rate_now(now=utc_now()).micro_per_trx == micro


def test_a_refusal_is_kept_as_long_as_a_rate(
    node: SandboxProcess, liar: LyingNode, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(onchain.time, "monotonic", lambda: clock[0])
    settings.RATE_PAIR_VALID_S = 60
    holds(node, 1, 1)
    refused("too_little_liquidity")
    holds(node, 1_000_000, 300_000)
    clock[0] += 59.9
    refused("too_little_liquidity")
    assert reads(liar) == 1
    clock[0] += 0.1
    assert rate_now(now=utc_now()).micro_per_trx == 300_000


@pytest.mark.parametrize("address", [USDT_CONTRACT, somebody()], ids=["a token", "nobody"])
def test_what_is_no_pair_gives_no_rate(node: SandboxProcess, settings: Any, address: str) -> None:
    settings.RATE_PAIR = address
    refused("pair_unfit")


def zeroed(function: str, word: str) -> Any:
    """Answer this word to one function, and the truth to others."""

    def behave(exchange: Any) -> None:
        answer = exchange.forward()
        if exchange.question["data"] == function:
            answer["constant_result"] = [word]
        exchange.reply(answer)

    return behave


@pytest.mark.parametrize(
    ("function", "word"),
    [
        ("d21220a7", "00" * 12 + "11" * 20),  # token1: USDT is not in it
        ("95d89b41", "00" * 32),  # symbol
        ("313ce567", f"{18:064x}"),  # decimals
        ("0dfe1681", "11" * 32),  # token0: no address
        (RESERVES, "00" * 32),  # one number instead of two
    ],
)
def test_a_pair_of_other_tokens_gives_no_rate(
    node: SandboxProcess, liar: LyingNode, function: str, word: str
) -> None:
    holds(node, 1_000_000, 300_000)
    liar.on(CONSTANT, zeroed(function, word))
    refused("pair_unfit")


@pytest.mark.parametrize(
    "behaviour", [drops, says({}), says("busy", 503), says(b"<html>"), changes(lambda _: {})]
)
def test_without_a_node_that_tells_there_is_no_rate(
    node: SandboxProcess, liar: LyingNode, behaviour: Any
) -> None:
    holds(node, 1_000_000, 300_000)
    liar.on(CONSTANT, behaviour)
    with pytest.raises(RateNotRead) as caught:
        rate_now(now=utc_now())
    assert (caught.value.status_code, caught.value.code) == (500, "LUCID_ERR_2006")
    assert not Rate.objects.exists()


def test_who_waits_behind_a_failure_does_not_wait_for_the_next(
    node: SandboxProcess, liar: LyingNode
) -> None:
    liar.on(CONSTANT, drops)
    for _ in range(3):
        with pytest.raises(RateNotRead):
            rate_now(now=utc_now())
    assert len(liar.questions(CONSTANT)) == 1


def test_a_node_that_stands_still_gives_no_rate(node: SandboxProcess, settings: Any) -> None:
    holds(node, 1_000_000, 300_000)
    settings.TRON_HEAD_AGE_MAX_S = 60
    with pytest.raises(RateNotRead):
        rate_now(now=utc_now() + timedelta(hours=2))


def test_the_other_node_is_asked_when_one_fails(node: SandboxProcess, two: Two) -> None:
    holds(node, 1_000_000, 300_000)
    two[0].on(CONSTANT, drops)
    assert rate_now(now=utc_now()).micro_per_trx == 300_000
    assert (reads(two[0]), reads(two[1])) == (0, 1)


@pytest.fixture
def slow(liar: LyingNode) -> Iterator[LyingNode]:
    yield liar
    liar.released.set()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_ask_once(
    node: SandboxProcess, liar: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onchain, "TURN_TIMEOUT_S", 10)
    holds(node, 1_000_000, 300_000)
    now, barrier, found = utc_now(), Barrier(6), []

    def ask() -> None:
        barrier.wait()
        found.append(rate_now(now=now))
        connection.close()

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({rate.pk for rate in found}) == reads(liar) == Rate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_behind_one_who_waits_for_a_node_others_do_not_wait_long(
    node: SandboxProcess, slow: LyingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onchain, "TURN_TIMEOUT_S", 0.05)
    slow.on(CONSTANT, hangs)
    failed: list[type] = []

    def ask() -> None:
        try:
            rate_now(now=utc_now())
        except NoRate as error:
            failed.append(type(error))
        finally:
            connection.close()

    first = Thread(target=ask)
    first.start()
    while not slow.questions(CONSTANT):
        assert first.is_alive()
    ask()
    assert failed == [RateNotRead]
    assert first.is_alive()
    slow.released.set()
    first.join()
    assert failed == [RateNotRead, RateNotRead]
