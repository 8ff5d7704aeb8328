"""Transactions that ask for their own fault, by a memo or by an amount."""

from collections.abc import Callable

import pytest

from tests.sandbox.people import (
    TRX,
    USDT,
    Draft,
    Person,
    funded,
    send,
    settle,
    trx_draft,
    usdt_draft,
)
from tests.sandbox.process import Face, SandboxProcess
from tron.sandbox.magic import AMOUNTS

BROADCAST = "/wallet/broadcasthex"


@pytest.fixture(scope="module")
def magic(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A node that takes amounts for requests."""
    process = SandboxProcess(
        tmp_path_factory.mktemp("magic"), "--block-ms", "0", "--magic-amounts", nodes=2
    ).start()
    yield process
    process.close()


def with_memo(node: SandboxProcess, sender: Person, name: str) -> Draft:
    """Return a signed transfer whose memo asks for a fault."""
    made = usdt_draft(node, sender, Person(), USDT)
    made.message.raw_data.data = f"sandbox:{name}".encode()
    return made.sign(sender)


def of_amount(node: SandboxProcess, sender: Person, to: Person, name: str) -> Draft:
    """Return a signed transfer whose amount asks for a fault."""
    digits = next(digits for digits, asked in AMOUNTS.items() if asked == name)
    return usdt_draft(node, sender, to, 3 * USDT + digits).sign(sender)


def pending(node: Face, made: Draft) -> bool:
    """Say whether a node has a transaction in its pool."""
    return node.post("/wallet/gettransactionfrompending", value=made.txid) != {}


REFUSALS = [
    ("busy", "SERVER_BUSY"),
    ("dup", "DUP_TRANSACTION_ERROR"),
    ("expired", "TRANSACTION_EXPIRATION_ERROR"),
]


@pytest.mark.parametrize(("name", "code"), REFUSALS)
def test_a_memo_has_the_first_broadcast_refused(
    node: SandboxProcess, alice: Person, name: str, code: str
) -> None:
    made = with_memo(node, alice, name)
    assert send(node, made)["code"] == code
    assert not pending(node, made)
    assert send(node, made)["code"] == "SUCCESS"
    node.mine()
    assert node.info(made.txid)["receipt"]["result"] == "SUCCESS"


@pytest.mark.parametrize(("name", "kept"), [("drop", False), ("drop_answer", True)])
def test_a_memo_has_the_connection_closed(
    node: SandboxProcess, alice: Person, name: str, kept: bool
) -> None:
    made = with_memo(node, alice, name)
    with pytest.raises(ConnectionError):
        node.call(BROADCAST, {"transaction": made.hex})
    assert pending(node, made) == kept


def test_a_memo_has_every_broadcast_lost(node: SandboxProcess, alice: Person) -> None:
    made = with_memo(node, alice, "lose")
    for _ in range(3):
        assert send(node, made)["code"] == "SUCCESS"
        node.mine()
        assert node.info(made.txid) == {}


def test_a_memo_keeps_a_transaction_private(node: SandboxProcess, alice: Person) -> None:
    made = with_memo(node, alice, "keep_private")
    assert send(node, made)["message"] == "P2P broadcast failed."
    assert pending(node, made)


FAILURES = [("revert", "REVERT"), ("out_of_energy", "OUT_OF_ENERGY")]


@pytest.mark.parametrize(("name", "result"), FAILURES)
def test_a_memo_has_a_transfer_fail_on_the_chain(
    node: SandboxProcess, alice: Person, name: str, result: str
) -> None:
    made = with_memo(node, alice, name)
    assert send(node, made)["code"] == "SUCCESS"
    node.mine()
    receipt = node.info(made.txid)
    assert receipt["receipt"]["result"] == result
    assert receipt["receipt"]["energy_fee"] > 0
    assert "log" not in receipt


@pytest.mark.parametrize(
    "memo", [b"sandbox:", b"sandbox:gremlins", b"SANDBOX:lose", b"a sandbox:lose"]
)
def test_any_other_memo_asks_for_nothing(node: SandboxProcess, alice: Person, memo: bytes) -> None:
    made = usdt_draft(node, alice, Person(), USDT)
    made.message.raw_data.data = memo
    assert settle(node, made, alice)["receipt"]["result"] == "SUCCESS"


def test_amounts_ask_for_nothing_unless_the_node_was_told_so(
    node: SandboxProcess, alice: Person
) -> None:
    made = of_amount(node, alice, Person(), "revert")
    assert send(node, made)["code"] == "SUCCESS"
    node.mine()
    assert node.info(made.txid)["receipt"]["result"] == "SUCCESS"


@pytest.mark.parametrize(("name", "result"), FAILURES)
def test_an_amount_has_a_transfer_fail_on_the_chain(
    magic: SandboxProcess, name: str, result: str
) -> None:
    payer = funded(magic, trx=1000, usdt=100)
    made = of_amount(magic, payer, Person(), name)
    assert send(magic, made)["code"] == "SUCCESS"
    magic.mine()
    assert magic.info(made.txid)["receipt"]["result"] == result


@pytest.mark.parametrize(("name", "code"), REFUSALS)
def test_an_amount_has_the_first_broadcast_to_every_node_refused(
    magic: SandboxProcess, name: str, code: str
) -> None:
    payer = funded(magic, trx=1000, usdt=100)
    made = of_amount(magic, payer, Person(), name)
    assert send(magic, made)["code"] == send(magic.face("b"), made)["code"] == code
    assert send(magic, made)["code"] == "SUCCESS"


def test_an_amount_has_the_first_transaction_lost_and_its_replacement_kept(
    magic: SandboxProcess,
) -> None:
    payer, payee = funded(magic, trx=1000, usdt=100), Person()
    first = of_amount(magic, payer, payee, "lose_first")
    again = of_amount(magic, payer, payee, "lose_first")
    for made in (first, first, again):
        assert send(magic, made)["code"] == "SUCCESS"
    assert not pending(magic, first)
    assert pending(magic, again)


def test_an_amount_of_trx_asks_for_nothing(magic: SandboxProcess) -> None:
    payer = funded(magic, trx=1000)
    made = trx_draft(magic, payer, Person(), 3 * TRX + 666_001)
    assert settle(magic, made, payer)["blockNumber"]


def test_the_faucet_s_gifts_are_not_lost(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0", "--magic-amounts")
    person = Person()
    node.post("/sandbox/faucet", address=person.address, usdt="1.666001")
    node.mine()
    answer = node.get(f"/sandbox/transfers?from={node.state()['faucet']}")
    assert [row["amount"] for row in answer["transfers"]] == ["1666001"]
