"""Sending to several nodes: all get the same bytes, and none can hold up, lose or end a payout."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tests.local import port_free
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import (
    AMOUNT,
    NOW,
    reloaded,
    row_of,
    scan_all,
    signed,
    solidify,
    stored,
    usdt_received,
)
from tests.tron.lying_node import (
    Behaviour,
    Exchange,
    LyingNode,
    changes,
    drops,
    drops_after_acting,
    hangs,
    hangs_after_acting,
    refuses,
    says,
    tells_the_truth,
)
from tron import nodes
from tron.broadcast import CONCURRENCY, RESEND_S, broadcast_due
from tron.halt import Halted, halt, lift, open_halts
from tron.models import ChainTransaction, HaltCause, NodeState, TxStatus
from tron.node_health import publish
from tron.tasks import broadcast

PATH = "wallet/broadcasthex"
GENESIS = "wallet/getblockbynum"
AGAIN = NOW + timedelta(seconds=RESEND_S[0])
Pair = tuple[LyingNode, LyingNode]
pytestmark = pytest.mark.django_db


def told(row: ChainTransaction, liar: LyingNode) -> list[tuple[str, str]]:
    """Return (outcome, code) of what a node answered, in order."""
    kept = row.answers.filter(node=liar.name).order_by("pk")
    return list(kept.values_list("outcome", "code"))


def sent(liar: LyingNode) -> list[str]:
    """Return the bytes a node was sent, in order."""
    return [exchange.question["transaction"] for exchange in liar.questions(PATH)]


def paid_once(node: SandboxProcess, row: ChainTransaction) -> None:
    """See the transfer through to its end, and that it happened once."""
    solidify(node)
    assert reloaded(row).status == TxStatus.SUCCEEDED
    assert usdt_received(node, row.recipient) == AMOUNT
    listed = node.get(f"/sandbox/transfers?from={row.sender}")["transfers"]
    assert [one["txid"] for one in listed] == [row.txid]


def test_every_node_gets_the_stored_bytes_and_each_answer_is_kept(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    rows = [stored(node, alice) for _ in range(5)]
    assert broadcast_due(now=NOW) == 5
    for one in liars:
        assert sorted(sent(one)) == sorted(row.signed_hex for row in rows)
    for row in rows:
        after = reloaded(row)
        assert (after.status, after.sends, after.last_answer) == (TxStatus.SENT, 1, "SUCCESS")
        ends = sorted(told(row, liars[0]) + told(row, liars[1]))
        assert ends == [("accepted", "SUCCESS"), ("known", "DUP_TRANSACTION_ERROR")]


# --- The faults of the road, by name --------------------------------------------------------------


def test_an_answer_that_was_lost_is_followed_by_a_duplicate_and_is_no_failure(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)
    for one in liars:
        one.on(PATH, drops_after_acting)
    broadcast_due(now=NOW)
    assert reloaded(row).status == TxStatus.SENT
    for one in liars:
        one.on(PATH, tells_the_truth)
    nodes.forget()
    broadcast_due(now=AGAIN)
    after = reloaded(row)
    assert (after.status, after.last_answer) == (TxStatus.SENT, "DUP_TRANSACTION_ERROR")
    for one in liars:
        assert told(row, one)[-1] == ("known", "DUP_TRANSACTION_ERROR")
    paid_once(node, row)


def test_a_node_that_only_saw_it_tells_nothing_and_the_other_takes_it(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    scan_all()
    a, b = liars
    row = stored(node, alice)
    a.on(PATH, refuses("SERVER_BUSY", "Server busy."))
    b.on(PATH, drops)
    broadcast_due(now=NOW)
    a.on(PATH, refuses("DUP_TRANSACTION_ERROR", "Transaction already exists."))
    b.on(PATH, tells_the_truth)
    broadcast_due(now=AGAIN)
    assert told(row, a) == [("not_here", "SERVER_BUSY"), ("unknown", "DUP_TRANSACTION_ERROR")]
    assert told(row, b)[-1] == ("accepted", "SUCCESS")
    assert reloaded(row).last_answer == "SUCCESS"
    paid_once(node, row)


def test_what_was_only_seen_never_counts_as_known(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    row = stored(node, alice)
    for one in liars:
        one.on(PATH, refuses("DUP_TRANSACTION_ERROR", "Transaction already exists."))
    broadcast_due(now=NOW)
    assert {end for one in liars for end, _ in told(row, one)} == {"unknown"}
    assert reloaded(row).next_send_at == AGAIN


@pytest.mark.parametrize("code", ["TRANSACTION_EXPIRATION_ERROR", "TAPOS_ERROR", "SIGERROR"])
def test_a_refusal_of_what_is_in_a_block_already_ends_nothing(
    node: SandboxProcess, liars: Pair, alice: Person, code: str
) -> None:
    scan_all()
    row = stored(node, alice)
    broadcast_due(now=NOW)
    node.mine()
    for one in liars:
        one.on(PATH, refuses(code))
    broadcast_due(now=AGAIN)
    after = reloaded(row)
    assert (after.status, after.last_answer, after.final_at) == (TxStatus.SENT, code, None)
    paid_once(node, row)


def test_what_a_stale_node_refuses_another_takes(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    scan_all()
    a, b = liars
    row = stored(node, alice)
    a.on(PATH, refuses("CONTRACT_VALIDATE_ERROR", "Contract validate error : balance"))
    broadcast_due(now=NOW)
    assert told(row, a) == [("not_here", "CONTRACT_VALIDATE_ERROR")]
    assert told(row, b) == [("accepted", "SUCCESS")]
    assert (reloaded(row).status, reloaded(row).last_answer) == (TxStatus.SENT, "SUCCESS")
    paid_once(node, row)


TIRED = {
    "SERVER_BUSY": refuses("SERVER_BUSY", "Server busy."),
    "NO_CONNECTION": refuses("NO_CONNECTION", "No connection."),
    "429": says(b"", 429),
    "403 for the day": says({"Error": "Exceed the user daily usage (100000)"}, 403),
    "busy": says({"Error": "class X : lack of computing resources"}),
    "503": says(b"", 503),
}


@pytest.mark.parametrize("behaviour", TIRED.values(), ids=TIRED.keys())
def test_a_tired_node_gets_the_same_bytes_later_and_the_other_has_them_now(
    node: SandboxProcess, liars: Pair, alice: Person, behaviour: Behaviour
) -> None:
    scan_all()
    a, b = liars
    row = stored(node, alice)
    a.on(PATH, behaviour)
    broadcast_due(now=NOW)
    assert told(row, b) == [("accepted", "SUCCESS")]
    assert reloaded(row).last_answer == "SUCCESS"
    a.on(PATH, tells_the_truth)
    nodes.forget()  # the pause is over
    broadcast_due(now=AGAIN)
    assert set(sent(a) + sent(b)) == {row.signed_hex}
    assert told(row, a)[-1] == ("known", "DUP_TRANSACTION_ERROR")
    paid_once(node, row)


def test_a_throttled_node_is_left_out_and_delays_nobody(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    a, b = liars
    a.on(PATH, says(b"", 429, {"Retry-After": "60"}))
    first = stored(node, alice)
    second = row_of(signed(node, alice), next_send_at=AGAIN)
    second.save()
    broadcast_due(now=NOW)
    broadcast_due(now=AGAIN)
    assert len(sent(a)) == 1
    assert sorted(sent(b)) == sorted([first.signed_hex, first.signed_hex, second.signed_hex])
    assert told(second, a) == [("not_here", "KeptOff")]
    assert told(second, b) == [("accepted", "SUCCESS")]
    publish()
    assert NodeState.objects.get(name=a.name).failures == 0


def test_while_all_nodes_pause_nothing_is_claimed(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    for one in liars:
        one.on(PATH, says(b"", 429, {"Retry-After": "60"}))
    stored(node, alice)
    assert broadcast_due(now=NOW) == 1
    waiting = stored(node, alice)
    assert broadcast_due(now=AGAIN) == 0
    after = reloaded(waiting)
    assert (after.status, after.sends, after.next_send_at) == (TxStatus.SIGNED, 0, NOW)
    assert [len(sent(one)) for one in liars] == [1, 1]
    for one in liars:
        one.on(PATH, tells_the_truth)
    nodes.forget()
    assert broadcast_due(now=AGAIN) == 2


def test_taken_but_not_announced_is_unknown_and_may_be_paid(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    scan_all()
    a, b = liars
    row = stored(node, alice)
    private = refuses("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed.", after_acting=True)
    a.on(PATH, private)
    b.on(PATH, drops)
    broadcast_due(now=NOW)
    assert told(row, a) == [("unknown", "NOT_ENOUGH_EFFECTIVE_CONNECTION")]
    assert reloaded(row).status == TxStatus.SENT
    paid_once(node, row)


def test_a_limiter_that_holds_a_sending_and_carries_it_out_later_is_unknown(
    node: SandboxProcess, liars: Pair, alice: Person, settings: Any
) -> None:
    settings.TRON_TIMEOUT_S = 1
    scan_all()
    a, b = liars
    row = stored(node, alice)
    a.on(PATH, hangs_after_acting)
    b.on(PATH, hangs)
    assert broadcast_due(now=NOW) == 1
    assert [one for one, _ in told(row, a) + told(row, b)] == ["unknown", "unknown"]
    assert reloaded(row).status == TxStatus.SENT
    settings.TRON_TIMEOUT_S = 10
    paid_once(node, row)


NONSENSE = {
    "{}": says({}),
    "result false": says({"result": False}),
    "HTML 502": says(b"<html>Bad gateway", 502),
    "lite": says(b"this API is closed because this node is a lite fullnode"),
    "truncated": says(b'{"result": tr'),
}


@pytest.mark.parametrize("behaviour", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_of_all_nodes_is_unknown_and_the_same_bytes_go_again(
    node: SandboxProcess, liars: Pair, alice: Person, behaviour: Behaviour
) -> None:
    scan_all()
    row = stored(node, alice)
    for one in liars:
        one.on(PATH, behaviour)
    broadcast_due(now=NOW)
    assert [end for one in liars for end, _ in told(row, one)] == ["unknown", "unknown"]
    for one in liars:
        one.on(PATH, tells_the_truth)
    broadcast_due(now=AGAIN)
    for one in liars:
        assert sent(one) == [row.signed_hex] * 2
    paid_once(node, row)


# --- Nodes that lie -------------------------------------------------------------------------------


def test_a_node_of_another_network_is_sent_nothing_and_pulls_the_kill_switch(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    a, b = liars
    other = f"{0:016x}" + "ab" * 24
    a.on(GENESIS, says({"blockID": other, "block_header": {"raw_data": {}}}))
    row = stored(node, alice)
    broadcast_due(now=NOW)
    assert not sent(a)
    assert told(row, a) == [("not_here", "WrongChain")]
    assert told(row, b) == [("accepted", "SUCCESS")]
    assert [(one.cause, one.subject) for one in open_halts()] == [(HaltCause.NODE, a.name)]
    with pytest.raises(Halted):
        broadcast_due(now=AGAIN)


def test_a_node_that_names_another_txid_pulls_the_kill_switch_and_decides_nothing(
    node: SandboxProcess, liars: Pair, alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    scan_all()
    a, b = liars
    row = stored(node, alice)
    a.on(PATH, changes(lambda answer: {**answer, "txid": "ab" * 32}))
    b.on(PATH, drops)
    broadcast_due(now=NOW)
    after = reloaded(row)
    assert (after.txid, after.signed_hex) == (row.txid, row.signed_hex)
    assert (after.status, after.final_at, after.next_send_at) == (TxStatus.SENT, None, AGAIN)
    assert told(row, a) == [("unknown", "WRONG_TXID")]
    (stop,) = open_halts()
    assert (stop.cause, stop.subject) == (HaltCause.NODE, a.name)
    assert row.txid in stop.reason
    assert "ab" * 32 in stop.reason
    assert any(
        one.levelname == "CRITICAL" and "WRONG_TXID" in one.message for one in caplog.records
    )
    paid_once(node, row)  # the chain decides, also about what a liar took


def test_a_lie_stops_all_also_when_its_answer_cannot_be_stored(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    scan_all()
    a, _ = liars
    stored(node, alice)
    a.on(PATH, changes(lambda answer: {**answer, "txid": "ab" * 32}))
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE tron_nodeanswer ADD CONSTRAINT full_disk CHECK (id < 0) NOT VALID"
        )
    with pytest.raises(IntegrityError):
        broadcast_due(now=NOW)
    (stop,) = open_halts()
    assert (stop.cause, stop.subject) == (HaltCause.NODE, a.name)


# --- Nodes that hang ------------------------------------------------------------------------------


def test_a_node_that_hangs_holds_up_no_answer_beyond_one_time_out(
    node: SandboxProcess, liars: Pair, alice: Person, settings: Any
) -> None:
    settings.TRON_TIMEOUT_S = 2
    a, b = liars
    a.on(PATH, hangs)
    rows = [stored(node, alice) for _ in range(CONCURRENCY * 3)]
    assert broadcast_due(now=NOW) == len(rows)
    # One load is on its way until the time-out; no second one is begun.
    assert len(sent(a)) <= CONCURRENCY
    assert sorted(sent(b)) == sorted(row.signed_hex for row in rows)
    assert {reloaded(row).last_answer for row in rows} == {"SUCCESS"}
    assert all(len(told(row, a)) == 1 for row in rows)


def test_a_node_that_hangs_before_it_shows_its_genesis_was_sent_nothing(
    node: SandboxProcess, liar: LyingNode, alice: Person, settings: Any
) -> None:
    settings.TRON_TIMEOUT_S = 1
    liar.on(GENESIS, hangs)
    row = stored(node, alice)
    broadcast_due(now=NOW)
    assert not sent(liar)
    assert reloaded(row).status == TxStatus.SIGNED


def test_one_node_that_took_it_makes_it_sent_whatever_the_other_did(
    node: SandboxProcess, liar: LyingNode, alice: Person, settings: Any
) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{port_free()}", liar.url]
    row = stored(node, alice)
    liar.on(PATH, drops)
    broadcast_due(now=NOW)
    after = reloaded(row)
    assert (after.status, after.last_answer) == (TxStatus.SENT, "OutcomeUnknown")


def test_what_reached_no_node_stays_signed(
    node: SandboxProcess, alice: Person, settings: Any
) -> None:
    settings.TRON_NODES = [f"http://127.0.0.1:{port_free()}" for _ in range(2)]
    row = stored(node, alice)
    broadcast_due(now=NOW)
    assert (reloaded(row).status, reloaded(row).last_answer) == (TxStatus.SIGNED, "Unreachable")


def test_no_more_is_claimed_than_can_be_sent_before_it_is_due_again(
    node: SandboxProcess, liars: Pair, alice: Person, settings: Any
) -> None:
    settings.TRON_RATE_LIMIT_RPS = 2
    for _ in range(2 * RESEND_S[0] + 3):
        stored(node, alice)
    assert broadcast_due(now=NOW) == 2 * RESEND_S[0]
    assert ChainTransaction.objects.filter(sends=0).count() == 3


# --- The kill switch ------------------------------------------------------------------------------


def pull() -> None:
    """Pull the kill switch."""
    halt(cause=HaltCause.OPERATOR, reason="a drill", by="a person", now=NOW)


def test_while_the_kill_switch_is_on_nothing_is_claimed_and_nothing_sent(
    node: SandboxProcess, liars: Pair, alice: Person
) -> None:
    row = stored(node, alice)
    pull()
    with pytest.raises(Halted, match="a drill"):
        broadcast_due(now=NOW)
    broadcast()  # the task says so and ends
    after = reloaded(row)
    assert (after.status, after.sends, after.next_send_at) == (TxStatus.SIGNED, 0, NOW)
    assert not any(one.heard for one in liars)
    lift(halts=[one.pk for one in open_halts()], reason="done", by="a person", now=NOW)
    assert broadcast_due(now=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_a_halt_lets_the_chunk_that_is_on_its_way_end_and_nothing_after_it_start(
    node: SandboxProcess, liar: LyingNode, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tron.broadcast.CHUNK", 4)
    rows = [stored(node, alice) for _ in range(6)]
    pulling = threading.Lock()

    def behave(exchange: Exchange) -> None:
        try:
            with pulling:
                if not open_halts():
                    pull()
        finally:
            connection.close()
        exchange.reply(exchange.forward())

    liar.on(PATH, behave)
    broadcast()
    after = [reloaded(row) for row in rows]
    assert (
        sorted((row.status, row.sends, row.last_answer) for row in after)
        == [(TxStatus.SENT, 1, "SUCCESS")] * 4 + [(TxStatus.SIGNED, 0, "")] * 2
    )
    assert len(sent(liar)) == 4
