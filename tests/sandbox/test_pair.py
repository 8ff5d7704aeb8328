"""The pair of WTRX and USDT: what a client reads of it is what was set."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.people import Person, usdt_draft
from tests.sandbox.process import Face, SandboxProcess
from tron.address import address_parse
from tron.sandbox.genesis import (
    FAUCET_ADDRESS,
    PAIR_ADDRESS,
    PAIR_CONTRACT,
    USDT_ADDRESS,
    WTRX_ADDRESS,
    WTRX_CONTRACT,
    key_of,
)
from tron.sandbox.signatures import address_of_key


def call(node: Face, contract: str, function: str, side: str = "wallet") -> Any:
    return node.post(
        f"/{side}/triggerconstantcontract",
        owner_address=FAUCET_ADDRESS.hex(),
        contract_address=address_parse(contract).hex(),
        function_selector=function,
    )


def words(node: Face, function: str, side: str = "wallet") -> list[int]:
    raw = bytes.fromhex(call(node, PAIR_CONTRACT, function, side)["constant_result"][0])
    return [int.from_bytes(raw[at : at + 32], "big") for at in range(0, len(raw), 32)]


def body(address: bytes) -> int:
    return int.from_bytes(address[1:], "big")


def test_its_addresses_are_those_of_keys_that_everybody_knows() -> None:
    for address, name in ((WTRX_ADDRESS, "wrapped TRX"), (PAIR_ADDRESS, "pair")):
        assert address_of_key(key_of(name).public_key) == address


def test_it_holds_nothing_at_first(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    assert node.state()["pair_contract"] == PAIR_CONTRACT
    assert words(node, "getReserves()")[:2] == [0, 0]


def test_it_holds_what_was_set_in_the_order_of_its_tokens(node: SandboxProcess) -> None:
    node.post("/sandbox/pair", trx="1000000.5", usdt=300_000, usdt_first=False)
    assert words(node, "getReserves()")[:2] == [1_000_000_500_000, 300_000_000_000]
    assert words(node, "token0()") == [body(WTRX_ADDRESS)]
    assert words(node, "token1()") == [body(USDT_ADDRESS)]
    node.post("/sandbox/pair", usdt_first=True)
    assert words(node, "getReserves()")[:2] == [300_000_000_000, 1_000_000_500_000]
    assert words(node, "token0()") == [body(USDT_ADDRESS)]
    assert words(node, "token1()") == [body(WTRX_ADDRESS)]


def test_what_was_set_is_solid_when_its_block_is(nodes: SandboxProcess) -> None:
    nodes.post("/sandbox/pair", trx=7, usdt=2, usdt_first=False)
    nodes.mine(2)
    assert words(nodes, "getReserves()", "walletsolidity")[:2] == [7_000_000, 2_000_000]
    nodes.post("/sandbox/pair", usdt=3)
    assert words(nodes, "getReserves()")[:2] == [7_000_000, 3_000_000]
    nodes.mine()
    assert words(nodes, "getReserves()", "walletsolidity")[:2] == [7_000_000, 2_000_000]
    nodes.mine(2)
    assert words(nodes, "getReserves()", "walletsolidity")[:2] == [7_000_000, 3_000_000]


def test_it_survives_a_restart(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0")
    node.post("/sandbox/pair", trx=7, usdt=2, usdt_first=True)
    node.mine()
    node.end()
    node.start()
    assert words(node, "getReserves()")[:2] == [2_000_000, 7_000_000]


def test_wrapped_trx_names_itself(node: SandboxProcess) -> None:
    (decimals,) = call(node, WTRX_CONTRACT, "decimals()")["constant_result"]
    (symbol,) = call(node, WTRX_CONTRACT, "symbol()")["constant_result"]
    assert int(decimals, 16) == 6
    assert bytes.fromhex(symbol).rstrip(b"\0").endswith(b"WTRX")


def test_what_it_does_not_know_reverts(node: SandboxProcess) -> None:
    answer = call(node, PAIR_CONTRACT, "balanceOf(address)")
    assert answer["transaction"]["ret"] == [{"ret": "FAILED"}]
    assert answer["constant_result"] == [""]


def test_nobody_can_trade_with_it(node: SandboxProcess, alice: Person, bob: Person) -> None:
    draft = usdt_draft(node, alice, bob, 7)
    contract = draft.message.raw_data.contract[0]
    contract.parameter.value = contract.parameter.value.replace(USDT_ADDRESS, PAIR_ADDRESS)
    draft.sign(alice)
    answer = node.post("/wallet/broadcasthex", transaction=draft.message.SerializeToString().hex())
    assert answer["code"] == "CONTRACT_VALIDATE_ERROR"


@pytest.mark.parametrize(
    "wrong", [{}, {"trx": -1}, {"usdt": "0.0000001"}, {"usdt_first": 1}, {"price": 3}]
)
def test_reserves_that_cannot_be_are_refused(node: SandboxProcess, wrong: dict) -> None:
    status, answer = node.call("/sandbox/pair", wrong)
    assert status == 400
    assert json.loads(answer)["error"]
