"""Sending goes wrong: every answer a node may give, and none. Numbers name the kind of fault.

In each: what is believed meanwhile is never wrong, one transfer stands on chain in the end (or
none, with the reason), the books agree with the chain, and nothing is signed twice unproven.
"""

import pytest

from payouts.states import Status
from tests.scenarios.world import World
from tests.waiting import until
from tron.models import ChainTransaction, TxStatus

pytestmark = pytest.mark.slow


def test_01_client_timeout_but_the_node_accepted_pays_once(world: World) -> None:
    payout = world.on_the_way()
    hung = world.fault("hang", delay_ms=2_500)
    world.send()
    assert world.hits(hung) == 2
    assert world.unknown(payout).status == TxStatus.SENT
    world.solidify()
    world.paid_once(payout)


def test_02_client_timeout_and_the_node_never_got_it_pays_once_with_the_same_bytes(
    world: World,
) -> None:
    payout = world.on_the_way()
    signed = world.attempts(payout)[0]
    world.fault("drop")
    for _ in range(3):
        world.send()
        world.solidify()
        assert world.unknown(payout).signed_hex == signed.signed_hex
    world.heal()
    world.send()
    world.solidify()
    world.paid_once(payout)


def test_02_client_timeout_until_it_expires_is_replaced_after_its_death_is_proven(
    world: World,
) -> None:
    payout = world.on_the_way()
    world.fault("drop")
    world.send()
    world.unknown(payout)
    world.heal()
    world.expire()
    dead = world.attempts(payout)[0]
    assert dead.status == TxStatus.DEAD
    assert dead.proof["solid_block_time_ms"] >= dead.expiration_ms
    world.see(payout, Status.PENDING)
    world.work()
    world.solidify()
    world.paid_once(payout, signatures=2)


def test_03_a_lost_answer_and_then_a_duplicate_is_no_failure(world: World) -> None:
    payout = world.on_the_way()
    world.fault("drop_answer")
    world.send()
    world.unknown(payout)
    world.heal()
    world.send()
    assert world.answers(payout)[-2:] == [("known", "DUP_TRANSACTION_ERROR")] * 2
    world.unknown(payout)
    world.solidify()
    world.paid_once(payout)


def test_04_already_exists_after_a_refusal_on_the_same_node_says_nothing(world: World) -> None:
    payout = world.on_the_way()
    world.fault("drop", node="b")
    world.fault("refuse", node="a", code="SIGERROR")
    world.send()
    seen = {"code": "DUP_TRANSACTION_ERROR", "message": "Transaction already exists."}
    world.fault("refuse", node="a", **seen)
    world.send()
    assert ("unknown", "DUP_TRANSACTION_ERROR") in world.answers(payout)
    assert not {"known", "accepted"} & {outcome for outcome, _ in world.answers(payout)}
    world.unknown(payout)
    world.heal()
    world.fault("refuse", node="a", **seen)  # the other node takes it
    world.send()
    assert ("accepted", "SUCCESS") in world.answers(payout)
    world.heal()
    world.solidify()
    world.paid_once(payout)


@pytest.mark.parametrize("code", ["TRANSACTION_EXPIRATION_ERROR", "TAPOS_ERROR"])
def test_05_expired_said_of_one_that_stands_in_a_block_is_not_believed(
    world: World, code: str
) -> None:
    payout = world.on_the_way()
    world.send()
    world.node.mine()
    world.fault("refuse", code=code)
    world.send()
    assert world.answers(payout)[-2:] == [("not_here", code)] * 2
    world.unknown(payout)
    world.heal()
    world.solidify()
    world.paid_once(payout)


def test_05_a_node_that_truly_finds_it_expired_after_inclusion_is_not_believed(
    world: World,
) -> None:
    payout = world.on_the_way()
    world.send()
    world.node.mine()
    world.node.post("/sandbox/step", seconds=300)
    world.node.mine()  # not solid, not read: the platform still sends
    world.send()
    assert world.answers(payout)[-1] == ("not_here", "TRANSACTION_EXPIRATION_ERROR")
    world.unknown(payout)
    world.solidify()
    world.paid_once(payout)


def test_06_accepted_and_then_forgotten_is_replaced_once_after_its_death(world: World) -> None:
    payout = world.on_the_way()
    world.fault("lose")
    world.send()
    assert world.answers(payout) == [("accepted", "SUCCESS")] * 2
    for _ in range(3):
        world.solidify()
        world.unknown(payout)
    world.heal()
    world.expire()
    world.work()
    world.solidify()
    world.paid_once(payout, signatures=2)
    assert world.attempts(payout)[0].status == TxStatus.DEAD


def test_17_no_bandwidth_to_pay_for_keeps_the_money_reserved(world: World) -> None:
    payout = world.on_the_way()
    world.fault("refuse", code="BANDWITH_ERROR")
    for _ in range(2):
        world.send()
        world.solidify()
        world.unknown(payout)
    world.heal()
    world.send()
    world.solidify()
    world.paid_once(payout)


def test_17_no_bandwidth_until_it_expires_is_replaced_after_its_death(world: World) -> None:
    payout = world.on_the_way()
    world.fault("refuse", code="BANDWITH_ERROR")
    world.send()
    world.heal()
    world.expire()
    world.work()
    world.solidify()
    world.paid_once(payout, signatures=2)


def test_18_refused_by_a_stale_node_and_taken_by_another_is_the_same_transaction(
    world: World,
) -> None:
    payout = world.on_the_way()
    world.fault("refuse", node="a", code="CONTRACT_VALIDATE_ERROR")
    world.send()
    outcomes = {outcome for outcome, _ in world.answers(payout)}
    assert outcomes == {"not_here", "accepted"}
    world.unknown(payout)
    world.solidify()
    world.paid_once(payout)


BUSY = [
    ("refuse", {"code": "SERVER_BUSY"}),
    ("refuse", {"code": "NO_CONNECTION"}),
    ("refuse", {"code": "BLOCK_UNSOLIDIFIED"}),
    ("refuse", {"code": "NOT_ENOUGH_EFFECTIVE_CONNECTION"}),
    ("refuse", {"code": "OTHER_ERROR"}),
    ("status", {"status": 429}),
    ("status", {"status": 403, "body": '{"Error":"Exceed the user daily usage"}'}),
    ("status", {"status": 503}),
    ("error", {"message": "class java.lang.IllegalAccessException : lack of computing resources"}),
]


@pytest.mark.parametrize(("name", "options"), BUSY, ids=lambda one: str(one))
def test_19_busy_alone_or_throttled_nodes_get_the_same_bytes_later(
    world: World, name: str, options: dict[str, object]
) -> None:
    payout = world.on_the_way()
    signed = world.attempts(payout)[0].signed_hex
    fault = world.fault(name, **options)
    world.send()
    world.send()
    assert world.hits(fault) >= 2
    world.unknown(payout)
    world.heal()
    world.send()
    assert world.unknown(payout).signed_hex == signed
    world.solidify()
    world.paid_once(payout)


def test_20_p2p_broadcast_failed_and_later_included_needs_no_replacement(world: World) -> None:
    payout = world.on_the_way()
    world.fault("drop", node="b")
    world.fault("keep_private", node="a")
    world.send()
    assert ("unknown", "NOT_ENOUGH_EFFECTIVE_CONNECTION") in world.answers(payout)
    world.unknown(payout)
    world.solidify()
    world.paid_once(payout)


NONSENSE = ["empty", "null", "garbage", "result_false", "html", "error"]


@pytest.mark.parametrize("processed", [True, False], ids=["acted", "did nothing"])
@pytest.mark.parametrize("name", NONSENSE)
def test_26_an_answer_that_says_nothing_is_neither_success_nor_failure(
    world: World, name: str, processed: bool
) -> None:
    payout = world.on_the_way()
    world.fault(name, process=processed)
    world.send()
    assert {outcome for outcome, _ in world.answers(payout)} <= {"unknown", "not_here"}
    assert world.unknown(payout).status == TxStatus.SENT
    world.heal()
    if not processed:
        world.send()
    world.solidify()
    world.paid_once(payout)


@pytest.mark.parametrize("body", ["this API is closed because this node is a lite fullnode", ""])
def test_26_bare_text_and_cut_off_json_are_neither_success_nor_failure(
    world: World, body: str
) -> None:
    payout = world.on_the_way()
    world.fault("truncated") if not body else world.fault("status", status=500, body=body)
    world.send()
    assert {outcome for outcome, _ in world.answers(payout)} == {"unknown"}
    world.unknown(payout)
    world.heal()
    world.send()
    world.solidify()
    world.paid_once(payout)


def test_27_a_broadcast_that_is_held_back_and_then_done_is_recognised(world: World) -> None:
    payout = world.on_the_way()
    world.fault("delay", when="before", delay_ms=2_000)
    world.send()
    assert world.unknown(payout).status == TxStatus.SENT
    world.heal()
    until("the node has done it", lambda: world.node.state()["pool"] == 1)
    world.solidify()
    world.paid_once(payout)
    assert ChainTransaction.objects.get(subject=payout.pk).sends == 1
