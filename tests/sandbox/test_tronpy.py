"""The unmodified tronpy client on the sandbox."""

import pytest
from tronpy import Tron
from tronpy.exceptions import (
    AddressNotFound,
    BadSignature,
    TaposError,
    TransactionError,
    TransactionNotFound,
    UnknownError,
    ValidationError,
)
from tronpy.keys import PrivateKey
from tronpy.providers import HTTPProvider

from tests.sandbox.people import TRX, USDT, Person
from tests.sandbox.process import SandboxProcess


def key(person: Person) -> PrivateKey:
    """Return the person's key as tronpy wants it."""
    return PrivateKey(person.key.secret)


@pytest.fixture
def tron(node: SandboxProcess) -> Tron:
    """A client as an application makes it."""
    return Tron(HTTPProvider(node.url))


def test_it_connects_and_reads_blocks(node: SandboxProcess, tron: Tron) -> None:
    state = node.state()
    assert tron.get_latest_solid_block_id() == state["solid"]["id"]
    assert tron.get_latest_block_id() == state["head"]["id"]
    assert tron.get_latest_block_number() == state["head"]["number"]
    assert tron.get_latest_solid_block_number() == state["solid"]["number"]
    block = tron.get_block(state["head"]["number"])
    assert block["blockID"] == state["head"]["id"]
    assert tron.get_block(block["blockID"]) == block
    assert tron.get_block()["blockID"] == state["head"]["id"]
    assert len(tron.list_witnesses()) == 27
    assert tron.list_nodes()
    assert {"key": "getEnergyFee", "value": 100} in tron.get_chain_parameters()


def test_it_reads_accounts(tron: Tron, alice: Person, nobody: Person) -> None:
    assert tron.get_account_balance(alice.address) == 1000
    assert tron.get_account_resource(alice.address)["freeNetLimit"] == 600
    assert tron.get_bandwidth(alice.address) == 600
    permission = tron.get_account_permission(alice.address)
    assert permission["owner"]["keys"] == [{"address": alice.address, "weight": 1}]
    with pytest.raises(AddressNotFound):
        tron.get_account(nobody.address)


def test_it_transfers_trx_and_activates(
    node: SandboxProcess, tron: Tron, alice: Person, nobody: Person
) -> None:
    tx = tron.trx.transfer(alice.address, nobody.address, 2 * TRX).build().sign(key(alice))
    ret = tx.broadcast()
    assert ret["result"] is True
    node.mine()
    assert ret.wait()["fee"] == 1_100_000
    assert tron.get_account_balance(nobody.address) == 2
    shown = tron.get_transaction(tx.txid)
    assert shown["ret"] == [{"contractRet": "SUCCESS"}]
    with pytest.raises(TransactionNotFound):
        tron.get_solid_transaction_info(tx.txid)
    node.mine(18)
    assert tron.get_solid_transaction_info(tx.txid)["id"] == tx.txid


def test_it_transfers_usdt_and_reads_false(
    node: SandboxProcess, tron: Tron, alice: Person, bob: Person
) -> None:
    contract = tron.get_contract(node.state()["usdt_contract"])
    assert contract.functions.symbol() == "USDT"
    assert contract.functions.decimals() == 6
    assert contract.functions.balanceOf(alice.address) == 1000 * USDT
    builder = contract.functions.transfer(bob.address, 5 * USDT).with_owner(alice.address)
    ret = builder.fee_limit(50 * TRX).build().sign(key(alice)).broadcast()
    node.mine()
    receipt = ret.wait()
    assert receipt["receipt"]["result"] == "SUCCESS"
    assert receipt["log"][0]["data"] == f"{5 * USDT:064x}"
    assert ret.result() is False
    assert contract.functions.balanceOf(bob.address) == 6 * USDT


def test_it_approves_and_spends_an_allowance(
    node: SandboxProcess, tron: Tron, alice: Person, bob: Person
) -> None:
    node.post("/sandbox/faucet", address=bob.address, trx=100)
    node.mine()
    contract = tron.get_contract(node.state()["usdt_contract"])
    for call, signer in (
        (contract.functions.approve(bob.address, 9 * USDT), alice),
        (contract.functions.transferFrom(alice.address, bob.address, 4 * USDT), bob),
    ):
        ret = call.with_owner(signer.address).fee_limit(50 * TRX).build().sign(key(signer))
        sent = ret.broadcast()
        node.mine()
        assert sent.result() is True
    assert contract.functions.allowance(alice.address, bob.address) == 5 * USDT


def test_it_estimates_energy(tron: Tron, node: SandboxProcess, alice: Person) -> None:
    energy = tron.get_estimated_energy(
        alice.address,
        node.state()["usdt_contract"],
        "transfer(address,uint256)",
        alice.raw[1:].rjust(32, b"\0").hex() + f"{USDT:064x}",
    )
    assert energy == 64_285


def test_a_memo_built_by_tronpy_is_part_of_the_hash(
    node: SandboxProcess, tron: Tron, alice: Person, bob: Person
) -> None:
    tx = tron.trx.transfer(alice.address, bob.address, 1).memo("hello").build().sign(key(alice))
    ret = tx.broadcast()
    node.mine()
    assert ret.wait()["fee"] == TRX


def test_its_offline_transactions_are_accepted(
    node: SandboxProcess, tron: Tron, alice: Person, bob: Person
) -> None:
    builder = tron.trx.transfer(alice.address, bob.address, 1)
    tx = builder.build(offline=True, ref_block_id=node.state()["solid"]["id"]).sign(key(alice))
    assert tron.broadcast(tx)["txid"] == tx.txid


def test_a_wrong_signature_is_a_bad_signature(tron: Tron, alice: Person, bob: Person) -> None:
    tx = tron.trx.transfer(alice.address, bob.address, 1).build()
    tx.set_signature([key(bob).sign_msg_hash(bytes.fromhex(tx.txid)).hex()])
    with pytest.raises(BadSignature):
        tx.broadcast()


def test_an_expired_transaction_is_a_transaction_error(
    tron: Tron, alice: Person, bob: Person
) -> None:
    tx = tron.trx.transfer(alice.address, bob.address, 1).expiration(-10_000_000).build()
    tx.set_signature([key(alice).sign_msg_hash(bytes.fromhex(tx.txid)).hex()])
    with pytest.raises(TransactionError, match="expired"):
        tx.broadcast()


def test_a_duplicate_is_an_unknown_error(tron: Tron, alice: Person, bob: Person) -> None:
    tx = tron.trx.transfer(alice.address, bob.address, 1).build().sign(key(alice))
    tx.broadcast()
    with pytest.raises(UnknownError) as caught:
        tx.broadcast()
    assert caught.value.args == ("Dup transaction.", "DUP_TRANSACTION_ERROR")


def test_a_foreign_reference_is_a_tapos_error(tron: Tron, alice: Person, bob: Person) -> None:
    builder = tron.trx.transfer(alice.address, bob.address, 1)
    tx = builder.build(offline=True, ref_block_id="00" * 8 + "ab" * 24).sign(key(alice))
    with pytest.raises(TaposError):
        tron.broadcast(tx)


def test_too_much_is_a_validation_error(tron: Tron, alice: Person, bob: Person) -> None:
    tx = tron.trx.transfer(alice.address, bob.address, 5000 * TRX).build().sign(key(alice))
    with pytest.raises(ValidationError, match="balance is not sufficient"):
        tx.broadcast()
