"""Sending: always the same bytes, and whatever a node answers, nothing follows from it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests.local import port_free
from tests.payouts.rivals import Rival, Waiter
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import (
    AMOUNT,
    NOW,
    falsified,
    reloaded,
    row_of,
    scan_all,
    signed,
    solidify,
    somebody,
    stored,
    usdt_received,
)
from tests.tron.lying_node import (
    Behaviour,
    Exchange,
    LyingNode,
    babbles,
    changes,
    drops,
    drops_after_acting,
    hangs,
    hangs_after_acting,
    refuses,
    says,
)
from tron import nodes
from tron.broadcast import RESEND_S, Sending, _record, broadcast_due
from tron.halt import lift, open_halts
from tron.models import ChainTransaction, NodeAnswer, ScanCursor, TxStatus
from tron.outcomes import Answer, Outcome
from tron.store import signed_of

PATH = "wallet/broadcasthex"
pytestmark = pytest.mark.django_db


def answers(row: ChainTransaction) -> list[tuple[str, str]]:
    """Return (outcome, code) of every recorded answer, in order."""
    return list(row.answers.order_by("pk").values_list("outcome", "code"))


def lift_all() -> None:
    """Let go of the kill switch, as a person does."""
    if halts := [one.pk for one in open_halts()]:
        lift(halts=halts, reason="looked at", by="a person", now=NOW)


def bytes_sent(liar: LyingNode) -> list[str]:
    """Return what the node was sent, in order."""
    return [exchange.question["transaction"] for exchange in liar.questions(PATH)]


# --- The true node --------------------------------------------------------------------------------


def test_the_stored_bytes_are_sent_as_they_are(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    row = stored(node, alice)
    assert broadcast_due(now=NOW) == 1
    assert [exchange.question for exchange in liar.questions(PATH)] == [
        {"transaction": row.signed_hex}
    ]
    after = reloaded(row)
    assert (after.status, after.sends, after.last_answer) == (TxStatus.SENT, 1, "SUCCESS")
    assert after.signed_hex == row.signed_hex
    answer = NodeAnswer.objects.get()
    assert (answer.transaction_id, answer.at) == (row.pk, NOW)
    assert answer.node == liar.url.removeprefix("http://")


def test_sending_the_same_bytes_again_changes_nothing_on_chain(
    node: SandboxProcess, alice: Person
) -> None:
    row = stored(node, alice)
    for seconds in (0, 10, 30):
        assert broadcast_due(now=NOW + timedelta(seconds=seconds)) == 1
    node.mine()
    assert broadcast_due(now=NOW + timedelta(seconds=100)) == 1
    node.mine()
    assert usdt_received(node, row.recipient) == AMOUNT
    listed = node.get(f"/sandbox/transfers?from={alice.address}")["transfers"]
    assert [one["txid"] for one in listed] == [row.txid]
    duplicate = ("known", "DUP_TRANSACTION_ERROR")
    assert answers(row) == [("accepted", "SUCCESS"), duplicate, duplicate, duplicate]
    assert (reloaded(row).status, reloaded(row).sends) == (TxStatus.SENT, 4)


def test_it_waits_longer_after_each_sending(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    row = stored(node, alice)
    now = NOW
    for pause_s in (*RESEND_S, RESEND_S[-1], RESEND_S[-1]):
        assert broadcast_due(now=now) == 1
        due_at = now + timedelta(seconds=pause_s)
        assert reloaded(row).next_send_at == due_at
        assert broadcast_due(now=due_at - timedelta(microseconds=1)) == 0
        now = due_at
    assert set(bytes_sent(liar)) == {row.signed_hex}


def test_what_is_not_due_or_has_its_end_is_not_sent(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    for fields in (
        {"next_send_at": NOW + timedelta(seconds=1)},
        {"next_send_at": None},
        {"status": TxStatus.DEAD, "proof": {}},
        {"status": TxStatus.CONTRADICTED},
        {"status": TxStatus.FAILED, "block_number": 1, "block_time_ms": 1},
        {"status": TxStatus.SUCCEEDED, "block_number": 1, "block_time_ms": 1},
    ):
        row_of(signed(node, alice), **fields).save()
    assert broadcast_due(now=NOW) == 0
    assert not liar.heard


def test_what_expired_by_chain_time_is_not_sent(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)
    ScanCursor.objects.update(head_time_ms=row.expiration_ms)
    assert broadcast_due(now=NOW) == 0
    assert not bytes_sent(liar)
    ScanCursor.objects.update(head_time_ms=row.expiration_ms - 1)
    assert broadcast_due(now=NOW) == 1


def test_a_refusal_of_the_true_node_is_recorded_and_no_end(
    node: SandboxProcess, alice: Person
) -> None:
    poor = Person()
    late = stored(node, alice)
    unknown = stored(node, poor)
    node.post("/sandbox/step", seconds=3600)
    node.mine()
    assert broadcast_due(now=NOW) == 2
    assert answers(late) == [("not_here", "TRANSACTION_EXPIRATION_ERROR")]
    assert answers(unknown) == [("not_here", "TRANSACTION_EXPIRATION_ERROR")]
    assert reloaded(late).status == TxStatus.SENT


# --- The lying node -------------------------------------------------------------------------------


ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "403": (says(b"Forbidden", 403), "not_here"),
    "429": (says(b"", 429), "not_here"),
    "503": (says(b"", 503), "unknown"),
    "500 after acting": (lambda one: (one.forward(), one.reply(b"", 500))[1], "unknown"),
    "HTML": (says(b"<html>"), "unknown"),
    "{}": (says({}), "unknown"),
    "null": (says(None), "unknown"),
    "list": (says([]), "unknown"),
    "false": (says({"result": False}), "unknown"),
    "true without txid": (says({"result": True}), "unknown"),
    "wrong txid": (says({"result": True, "txid": "ab" * 32}), "unknown"),
    "truncated": (says(b'{"result": tr'), "unknown"),
    "Error": (says({"Error": "class java.lang.NullPointerException : null"}), "unknown"),
    "busy": (says({"Error": "class X : lack of computing resources"}), "not_here"),
    "NUL": (says({"code": "A\0B", "message": "\0\ud800" * 400}), "unknown"),
    "NUL in an error": (says({"Error": "\0\ud800"}), "unknown"),
    "long": (says({"code": "A" * 500, "message": "B" * 5_000}), "unknown"),
    "garbage": (babbles(b"\x15\x03\x01"), "unknown"),
    "dropped": (drops, "unknown"),
    "dropped after acting": (drops_after_acting, "unknown"),
    "silence": (hangs, "unknown"),
    "silence after acting": (hangs_after_acting, "unknown"),
    "taken and said no": (changes(lambda answer: {**answer, "result": False}), "unknown"),
    "DUP": (refuses("DUP_TRANSACTION_ERROR", "Dup transaction."), "known"),
    "seen": (refuses("DUP_TRANSACTION_ERROR", "Transaction already exists."), "unknown"),
    "P2P": (refuses("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed."), "unknown"),
    "OTHER": (refuses("OTHER_ERROR", "Error: class X"), "unknown"),
    **{
        code: (refuses(code, ""), "not_here")
        for code in (
            "SIGERROR",
            "CONTRACT_VALIDATE_ERROR",
            "CONTRACT_EXE_ERROR",
            "BANDWITH_ERROR",
            "TAPOS_ERROR",
            "TRANSACTION_EXPIRATION_ERROR",
            "TOO_BIG_TRANSACTION_ERROR",
            "SERVER_BUSY",
            "NO_CONNECTION",
            "BLOCK_UNSOLIDIFIED",
        )
    },
}


@pytest.mark.parametrize(("behaviour", "outcome"), ANSWERS.values(), ids=ANSWERS.keys())
def test_no_answer_makes_more_of_it_than_sent_and_the_same_bytes_go_again(
    node: SandboxProcess,
    liar: LyingNode,
    alice: Person,
    settings: Any,
    behaviour: Behaviour,
    outcome: str,
) -> None:
    settings.TRON_TIMEOUT_S = 1
    row = stored(node, alice)
    liar.on(PATH, behaviour)
    assert broadcast_due(now=NOW) == 1
    after = reloaded(row)
    assert (after.status, after.final_at, after.settled_at) == (TxStatus.SENT, None, None)
    assert [one for one, _ in answers(row)] == [outcome]
    assert after.next_send_at == NOW + timedelta(seconds=RESEND_S[0])
    liar.on(PATH, lambda exchange: exchange.reply(exchange.forward()))
    nodes.forget()  # the pause that some of them ask for
    lift_all()
    assert broadcast_due(now=after.next_send_at) == 1
    assert bytes_sent(liar) == [row.signed_hex] * 2
    node.mine()
    assert usdt_received(node, row.recipient) == AMOUNT


def test_one_bad_answer_does_not_lose_the_others(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    bad, good = stored(node, alice), stored(node, alice)

    def behave(exchange: Exchange) -> None:
        if exchange.question["transaction"] == bad.signed_hex:
            exchange.reply({"code": "\0", "message": "\ud800"})
        else:
            exchange.reply(exchange.forward())

    liar.on(PATH, behave)
    assert broadcast_due(now=NOW) == 2
    assert answers(bad) == [("unknown", "?")]
    assert answers(good) == [("accepted", "SUCCESS")]


@pytest.mark.parametrize("behaviour", [drops, says({}), says(b"", 503), says(b"", 429), says(None)])
def test_a_node_that_cannot_show_its_genesis_is_sent_nothing(
    node: SandboxProcess, liar: LyingNode, alice: Person, behaviour: Behaviour
) -> None:
    row = stored(node, alice)
    liar.on("wallet/getblockbynum", behaviour)
    assert broadcast_due(now=NOW) == 1
    assert not bytes_sent(liar)
    assert reloaded(row).status == TxStatus.SIGNED
    assert len(answers(row)) == 1


def test_a_node_of_another_network_is_sent_nothing(
    node: SandboxProcess, liar: LyingNode, alice: Person, settings: Any
) -> None:
    row = stored(node, alice)
    settings.TRON_NETWORK = "nile"
    assert broadcast_due(now=NOW) == 1
    assert not bytes_sent(liar)
    assert answers(row) == [("not_here", "WrongChain")]


def test_while_the_node_is_down_rows_stay_and_are_due_again(
    node: SandboxProcess, alice: Person, settings: Any
) -> None:
    rows = [stored(node, alice) for _ in range(3)]
    settings.TRON_NODES = [f"http://127.0.0.1:{port_free()}"]
    assert broadcast_due(now=NOW) == 3
    for row in rows:
        after = reloaded(row)
        assert after.status in (TxStatus.SIGNED, TxStatus.SENT)
        assert after.next_send_at == NOW + timedelta(seconds=RESEND_S[0])
        assert answers(row) == [("not_here", "Unreachable")]
    settings.TRON_NODES = [node.url]
    assert broadcast_due(now=NOW + timedelta(seconds=RESEND_S[0])) == 3
    node.mine()
    assert [usdt_received(node, row.recipient) for row in rows] == [AMOUNT] * 3


# --- Rows that are not what they say --------------------------------------------------------------

TAMPERED = [
    {"recipient": "somebody else"},
    {"amount_micro": AMOUNT + 1},
    {"fee_limit_sun": 999_000_000},
    {"expiration_ms": 4_000_000_000_000},
    {"signed_hex": "00"},
    {"signed_hex": ""},
    {"signed_hex": "zz"},
    {"txid": "ab" * 32},
    {"recipient": "T" * 34},
    {"recipient": ""},
    {"ref_block_id": "nonsense"},
]


@pytest.mark.parametrize("fields", TAMPERED, ids=lambda fields: str(fields)[:40])
def test_a_row_that_is_not_its_bytes_is_never_sent_and_stops_nobody(
    node: SandboxProcess, liar: LyingNode, alice: Person, fields: dict[str, Any]
) -> None:
    if fields == TAMPERED[0]:
        fields = {"recipient": somebody()}
    bad = row_of(signed(node, alice), **{**fields, "next_send_at": NOW - timedelta(seconds=1)})
    bad.save()
    good = stored(node, alice)
    for now in (NOW, NOW + timedelta(seconds=60)):
        assert broadcast_due(now=now) == 1
    assert bytes_sent(liar) == [good.signed_hex] * 2
    assert (reloaded(bad).status, answers(bad)) == (TxStatus.SIGNED, [])
    assert reloaded(good).status == TxStatus.SENT


def test_bytes_of_another_payout_are_not_sent_in_its_place(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    one, other = signed(node, alice), signed(node, alice, amount=AMOUNT * 2)
    row_of(one, signed_hex=other.signed_hex).save()
    row_of(falsified(other, recipient=somebody())).save()
    assert broadcast_due(now=NOW) == 0
    assert not bytes_sent(liar)


# --- Two at once ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_broadcasters_send_different_rows(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    rows = [stored(node, alice) for _ in range(20)]
    both = threading.Barrier(2)

    def work() -> int:
        try:
            both.wait(timeout=20)
            return broadcast_due(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        counts = [future.result() for future in [pool.submit(work) for _ in range(2)]]
    assert sum(counts) == len(rows)
    assert sorted(bytes_sent(liar)) == sorted(row.signed_hex for row in rows)
    assert set(ChainTransaction.objects.values_list("status", "sends")) == {(TxStatus.SENT, 1)}


@pytest.mark.django_db(transaction=True)
def test_rows_that_another_worker_is_claiming_are_left_to_it(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    rows = [stored(node, alice) for _ in range(6)]
    mine = [row.pk for row in rows[:2]]

    def work() -> int:
        try:
            return broadcast_due(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert len(ChainTransaction.objects.select_for_update().filter(pk__in=mine)) == 2
        assert pool.submit(work).result(timeout=20) == 4
    assert sorted(bytes_sent(liar)) == sorted(row.signed_hex for row in rows[2:])
    assert {reloaded(row).sends for row in rows[:2]} == {0}


@pytest.mark.django_db(transaction=True)
def test_the_claim_is_committed_before_the_first_byte_leaves(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    """A worker that dies while sending has only delayed the next sending."""
    row = stored(node, alice)
    seen: list[tuple[int, str, int]] = []

    def behave(exchange: Exchange) -> None:
        try:
            after = reloaded(row)
            seen.append((after.sends, after.status, broadcast_due(now=NOW)))
        finally:
            connection.close()
        exchange.reply(exchange.forward())

    liar.on(PATH, behave)
    assert broadcast_due(now=NOW) == 1
    assert seen == [(1, TxStatus.SIGNED, 0)]


@pytest.mark.django_db(transaction=True)
def test_an_end_that_came_while_it_was_sent_stays(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)

    def behave(exchange: Exchange) -> None:
        """Take it, make it solid, and let the scanner end it before the answer arrives."""
        answer = exchange.forward()
        try:
            solidify(node)
        finally:
            connection.close()
        exchange.reply(answer)

    liar.on(PATH, behave)
    assert broadcast_due(now=NOW) == 1
    after = reloaded(row)
    assert (after.status, after.next_send_at) == (TxStatus.SUCCEEDED, None)
    assert after.last_answer == ""
    assert answers(row) == [("accepted", "SUCCESS")]


@pytest.mark.django_db(transaction=True)
def test_an_end_that_comes_while_its_answer_waits_for_the_row_stays(
    node: SandboxProcess, alice: Person
) -> None:
    row = stored(node, alice)
    sending = Sending(row.pk, signed_of(row))
    answer = Answer("a.node", Outcome.ACCEPTED, "SUCCESS")
    end = {"status": TxStatus.SUCCEEDED, "block_number": 1, "block_time_ms": 1}
    scanner = Rival(lambda: ChainTransaction.objects.filter(pk=row.pk).update(**end))
    sender = Waiter(lambda: _record([sending], [(answer,)], NOW))
    sender.until_it_waits()
    scanner.commit()
    sender.end()
    assert (reloaded(row).status, reloaded(row).last_answer) == (TxStatus.SUCCEEDED, "")
    assert answers(row) == [("accepted", "SUCCESS")]
