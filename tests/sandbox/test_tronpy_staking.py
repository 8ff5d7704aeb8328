"""Staking, votes and shared accounts with the unmodified tronpy client."""

from typing import Any

import pytest
from tronpy import Tron
from tronpy.exceptions import BadSignature
from tronpy.providers import HTTPProvider

from tests.sandbox.people import TRX, Person, funded
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import DAY_S
from tests.sandbox.test_tronpy import key

TRANSFERS_ONLY = "02".ljust(64, "0")


class Client:
    """tronpy, and what every step of an application is: build, sign, send, wait."""

    def __init__(self, node: SandboxProcess) -> None:
        self.node = node
        self.tron = Tron(HTTPProvider(node.url))

    def do(self, builder: Any, *signers: Person) -> Any:
        """Carry out what a builder describes, and return the receipt."""
        ahead_ms = self.node.state()["head_time_ms"] - builder._raw_data["timestamp"]
        # tronpy counts from its own clock, and the chain may have been sent ahead of that.
        tx = builder.expiration(max(0, ahead_ms) + 60_000).build()
        for signer in signers:
            tx = tx.sign(key(signer))
        ret = tx.broadcast()
        assert (ret["result"], ret["txid"]) == (True, tx.txid)
        self.node.mine()
        return ret.wait()


@pytest.fixture
def client(node: SandboxProcess) -> Client:
    """A client as an application makes it."""
    return Client(node)


def later(node: SandboxProcess, seconds: int) -> None:
    """Let chain time pass."""
    node.post("/sandbox/step", seconds=seconds)
    node.mine()


def test_it_stakes_votes_and_takes_its_reward(node: SandboxProcess, client: Client) -> None:
    alice, trx = funded(node, trx=2000), client.tron.trx
    client.do(trx.freeze_balance(alice.address, 1000 * TRX, "ENERGY"), alice)
    assert client.tron.get_account_resource(alice.address)["EnergyLimit"] == 9_473
    witness = client.tron.list_witnesses()[0]["address"]
    client.do(trx.vote_witness(alice.address, (witness, 1000)), alice)
    account = client.tron.get_account(alice.address)
    assert account["votes"] == [{"vote_address": witness, "vote_count": 1000}]
    later(node, 2 * DAY_S)
    receipt = client.do(trx.withdraw_rewards(alice.address), alice)
    assert receipt["withdraw_amount"] == pytest.approx(1000 * 20 * 8, abs=20_000)


def test_it_takes_a_stake_out(node: SandboxProcess, client: Client) -> None:
    alice, trx = funded(node, trx=2000), client.tron.trx
    client.do(trx.freeze_balance(alice.address, 1000 * TRX, "BANDWIDTH"), alice)
    taking = trx.unfreeze_balance(alice.address, "BANDWIDTH", unfreeze_balance=400 * TRX)
    client.do(taking, alice)
    later(node, 14 * DAY_S)
    receipt = client.do(trx.withdraw_stake_balance(alice.address), alice)
    assert receipt["withdraw_expire_amount"] == 400 * TRX
    assert client.tron.get_account_balance(alice.address) == 1400


def test_it_lends_energy_and_takes_it_back(
    node: SandboxProcess, client: Client, bob: Person
) -> None:
    alice, tron = funded(node, trx=2000), client.tron
    client.do(tron.trx.freeze_balance(alice.address, 1000 * TRX, "ENERGY"), alice)
    assert tron.get_can_delegated_max_size(alice.address, "ENERGY") == {"max_size": 1000 * TRX}
    for lock, amount in ((False, 300), (True, 200)):
        lending = tron.trx.delegate_resource(
            alice.address, bob.address, amount * TRX, "ENERGY", lock, 1200 if lock else None
        )
        client.do(lending, alice)
    free, locked = tron.get_delegated_resource_v2(alice.address, bob.address)["delegatedResource"]
    assert free["frozen_balance_for_energy"] == 300 * TRX
    assert locked["expire_time_for_energy"] > node.state()["head_time_ms"]
    index = tron.get_delegated_resource_account_index_v2(alice.address)
    assert index["toAccounts"] == [bob.address]
    taking = tron.trx.undelegate_resource(alice.address, bob.address, 300 * TRX, "ENERGY")
    client.do(taking, alice)
    assert tron.get_account_resource(bob.address)["EnergyLimit"] == 200 * 180 // 19


def shared_by(tron: Tron, owner: Person, *people: Person) -> Any:
    """Return the builder that lets two of these people sign for an account."""
    permission = tron.get_account_permission(owner.address)
    keys = [{"address": person.address, "weight": 1} for person in people]
    permission["owner"] = {"threshold": 2, "permission_name": "owner", "keys": keys}
    permission["actives"] = [
        {
            "type": 2,
            "permission_name": "payer",
            "threshold": 2,
            "operations": TRANSFERS_ONLY,
            "keys": [dict(entry) for entry in keys],
        }
    ]
    return tron.trx.account_permission_update(owner.address, permission)


@pytest.mark.parametrize("number", [0, 2])
def test_two_of_three_pay(node: SandboxProcess, client: Client, bob: Person, number: int) -> None:
    alice, carol, dave = funded(node, trx=500), Person(), Person()
    assert client.do(shared_by(client.tron, alice, alice, carol, dave), alice)["fee"] == 100 * TRX

    def paying() -> Any:
        return client.tron.trx.transfer(alice.address, bob.address, TRX).permission_id(number)

    receipt = client.do(paying(), carol, dave)
    assert receipt["fee"] - receipt["receipt"].get("net_fee", 0) == TRX
    with pytest.raises(BadSignature, match="sig error"):
        client.do(paying(), carol)
