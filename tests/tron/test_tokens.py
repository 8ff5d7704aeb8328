"""The allow-list: borne out by the chain before anything is paid, and read at one block."""

from typing import Any

import pytest

from tests.sandbox.people import Person, call_draft, funded, settle
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, asked, somebody
from tests.tron.lying_node import Exchange, LyingNode, says
from tron.errors import OutcomeUnknown
from tron.halt import open_halts
from tron.look import look_at_nodes
from tron.models import HaltCause, NodeState
from tron.sandbox.genesis import USDT_CONTRACT
from tron.snapshot import TRIES_MAX, NoSnapshot
from tron.tokens import (
    DECIMALS,
    SYMBOL,
    ListedToken,
    allowance,
    allowance_at,
    listed_tokens,
    token_balance_at,
)
from tron.trc20 import UINT256_MAX, word_of_address, word_of_amount

CONSTANT = "wallet/triggerconstantcontract"
APPROVE = bytes.fromhex("095ea7b3")
pytestmark = pytest.mark.django_db


def answers(liar: LyingNode, selector: bytes, result: str, ret: str = "") -> None:
    """Let the node tell one function of the token otherwise."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.forward()
        if exchange.question["data"] == selector.hex():
            answer["constant_result"] = [result]
        exchange.reply(answer)

    liar.on(CONSTANT, behave)


def test_the_list_is_the_network_s_usdt(settings: Any) -> None:
    assert listed_tokens() == (ListedToken("sandbox", USDT_CONTRACT, "USDT", 6),)
    settings.USDT_CONTRACT = other = somebody()
    assert listed_tokens() == (ListedToken("sandbox", other, "", 6),)


def test_a_true_token_is_proven_once_an_hour(liar: LyingNode) -> None:
    look_at_nodes()
    look_at_nodes()
    asked_for = [one.question["data"] for one in liar.questions(CONSTANT)]
    assert asked_for == [DECIMALS.hex(), SYMBOL.hex()]
    assert not open_halts()
    assert NodeState.objects.get().failures == 0


TEXT = "".join(f"{word:064x}" for word in (32, 4))


@pytest.mark.contract("C-USDT-9")
@pytest.mark.parametrize(
    ("selector", "result", "said"),
    [
        (DECIMALS, f"{18:064x}", "has 18 decimals, not 6"),
        (DECIMALS, "", "has 0 decimals, not 6"),
        (SYMBOL, f"{TEXT}{b'FAKE'.hex():0<64}", "calls itself 'FAKE', not USDT"),
        (SYMBOL, f"{2**255:064x}", "calls itself '', not USDT"),
        (SYMBOL, f"{32:064x}{2**200:064x}", "calls itself '', not USDT"),
        (SYMBOL, "", "calls itself '', not USDT"),
    ],
)
def test_a_token_that_is_another_stops_everything(
    liar: LyingNode, selector: bytes, result: str, said: str
) -> None:
    answers(liar, selector, result)
    look_at_nodes()
    (halt,) = open_halts()
    assert (halt.cause, halt.subject) == (HaltCause.NODE, liar.name)
    assert said in halt.reason


def test_a_token_of_no_known_name_is_only_counted(liar: LyingNode, settings: Any) -> None:
    settings.TRON_NETWORK, settings.USDT_CONTRACT = "custom", USDT_CONTRACT
    settings.TRON_GENESIS_ID = "ab" * 32
    assert listed_tokens() == (ListedToken("custom", USDT_CONTRACT, "", 6),)


def test_a_node_that_runs_no_constant_calls_refutes_nothing(liar: LyingNode) -> None:
    liar.on(CONSTANT, says({"result": {"code": "CONTRACT_VALIDATE_ERROR", "message": "00"}}))
    look_at_nodes()
    assert not open_halts()
    assert NodeState.objects.get().looked_at is not None


def test_an_allowance_is_read_solid_and_at_the_head(node: SandboxProcess) -> None:
    alice, bob = funded(node, trx=1_000, usdt=10), Person()
    node.mine(SOLID_LAG)
    data = APPROVE + word_of_address(bob.address) + word_of_amount(UINT256_MAX)
    settle(node, call_draft(node, alice, data), alice)
    pair = {"contract": USDT_CONTRACT, "owner": alice.address, "spender": bob.address}
    assert asked(lambda one: allowance(one, **pair)) == 0
    assert asked(lambda one: allowance(one, **pair, side="wallet")) == UINT256_MAX
    node.mine(SOLID_LAG)
    block, units = asked(lambda one: allowance_at(one, **pair))
    assert (block.number, units) == (node.state()["solid"]["number"], UINT256_MAX)
    block, units = asked(
        lambda one: token_balance_at(one, contract=USDT_CONTRACT, owner=alice.address)
    )
    assert (block.number, units) == (node.state()["solid"]["number"], 10_000_000)


def test_a_balance_between_two_blocks_is_none(
    liar: LyingNode, node: SandboxProcess, alice: Person
) -> None:
    def moves(exchange: Exchange) -> None:
        node.mine()
        exchange.reply(exchange.forward())

    liar.on("walletsolidity/triggerconstantcontract", moves)
    with pytest.raises(NoSnapshot):
        asked(lambda one: token_balance_at(one, contract=USDT_CONTRACT, owner=alice.address))
    assert len(liar.questions("walletsolidity/triggerconstantcontract")) == 2 * TRIES_MAX


@pytest.mark.parametrize("result", [["zz"], [], [""], None])
def test_an_allowance_that_cannot_be_read_is_none(liar: LyingNode, result: Any) -> None:
    answer = {"result": {"result": True}, "constant_result": result}
    liar.on("walletsolidity/triggerconstantcontract", says(answer))
    pair = {"contract": USDT_CONTRACT, "owner": somebody(), "spender": somebody()}
    with pytest.raises(OutcomeUnknown):
        asked(lambda one: allowance(one, **pair))
