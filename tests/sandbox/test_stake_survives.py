"""Stakes, votes and permissions after a kill, a reorganisation, on a fork and in the past."""

import signal
from collections.abc import Callable
from typing import Any

from tests.sandbox.people import TRX, Person, funded
from tests.sandbox.process import Face, SandboxProcess
from tests.sandbox.staking import account_of, do, resources_of, staker


def seen(node: Face, *people: Person) -> list[Any]:
    """Return all that a node tells of these people and their stakes."""
    asked = {"fromAddress": people[0].address, "toAddress": people[1].address, "visible": True}
    return [
        *(account_of(node, person, prefix) for person in people for prefix in PREFIXES),
        *(resources_of(node, person) for person in people),
        node.post("/wallet/getdelegatedresourcev2", **asked),
        node.get(f"/wallet/getReward?address={people[0].address}"),
        node.get("/wallet/listwitnesses"),
    ]


PREFIXES = ("wallet", "walletsolidity")


def busy(node: Face) -> tuple[Person, Person]:
    """Return a person who has done all there is to do with a stake, and whom she lent to."""
    alice, bob = staker(node, energy=500, bandwidth=100), funded(node, trx=10)
    witness = node.get("/wallet/listwitnesses")["witnesses"][4]["address"]
    lending = {"receiver_address": bob.address, "resource": "ENERGY"}
    do(node, "delegateresource", alice, balance=100 * TRX, **lending)
    do(node, "delegateresource", alice, balance=50 * TRX, lock=True, **lending)
    votes = [{"vote_address": witness, "vote_count": 400}]
    do(node, "votewitnessaccount", alice, votes=votes, visible=False, owner_address=alice.hex)
    do(node, "unfreezebalancev2", alice, unfreeze_balance=300 * TRX, resource="ENERGY")
    return alice, bob


def test_a_restart_forgets_nothing(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0", "--solid-lag", "3")
    alice, bob = busy(node)
    node.post("/sandbox/resources", address=bob.address, energy=5000)
    node.post("/sandbox/network", reward_sun=77, energy_weight_trx=10_000_000_000)
    node.post("/sandbox/step", seconds=50_000)
    node.mine(2)
    before = seen(node, alice, bob)
    node.end(signal.SIGKILL)
    node.start()
    assert seen(node, alice, bob) == before
    node.mine(3)
    assert account_of(node, alice, "walletsolidity") == account_of(node, alice)
    # What was lent can be taken back: the locks and amounts are what they were.
    taking = {"receiver_address": bob.address, "resource": "ENERGY", "balance": 100 * TRX}
    do(node, "undelegateresource", alice, **taking)


def test_a_reorganisation_undoes_and_does_again(run: Callable[..., SandboxProcess]) -> None:
    node = run("--block-ms", "0", "--solid-lag", "20")
    alice, bob = funded(node, trx=1000), funded(node, trx=10)
    node.mine(2)
    before = account_of(node, alice)
    do(node, "freezebalancev2", alice, frozen_balance=500 * TRX, resource="ENERGY")
    lending = {"receiver_address": bob.address, "resource": "ENERGY", "balance": 200 * TRX}
    do(node, "delegateresource", alice, **lending)
    node.post("/sandbox/resources", address=bob.address, bandwidth=700)
    displaced = node.post("/sandbox/reorg", blocks=2, transactions="lost")["displaced"]
    assert len(displaced) == 2
    assert account_of(node, alice) == before
    assert "EnergyLimit" not in resources_of(node, bob)
    assert resources_of(node, bob)["NetLimit"] == 700
    do(node, "freezebalancev2", alice, frozen_balance=500 * TRX, resource="ENERGY")
    do(node, "delegateresource", alice, **lending)
    node.post("/sandbox/reorg", blocks=2)
    node.mine()
    assert resources_of(node, bob)["EnergyLimit"] == 200 * 180 // 19
    assert account_of(node, alice)["frozenV2"][1]["amount"] == 300 * TRX


def test_nodes_that_lag_or_are_on_a_fork_know_other_stakes(nodes: SandboxProcess) -> None:
    late, fork = nodes.face("b"), nodes.face("c")
    alice, bob = staker(nodes, energy=500), funded(nodes, trx=10)
    nodes.mine()
    nodes.post("/sandbox/node", node="b", lag=3)
    nodes.post("/sandbox/node", node="c", fork=1)
    lending = {"receiver_address": bob.address, "resource": "ENERGY", "balance": 200 * TRX}
    do(nodes, "delegateresource", alice, **lending)
    assert resources_of(nodes, bob)["EnergyLimit"] == 200 * 180 // 19
    assert "EnergyLimit" not in resources_of(late, bob)
    assert resources_of(fork, alice)["EnergyLimit"] == 500 * 180 // 19
    do(fork, "delegateresource", alice, **(lending | {"balance": 100 * TRX}))
    assert resources_of(fork, bob)["EnergyLimit"] == 100 * 180 // 19
    nodes.mine(4)
    assert resources_of(late, bob)["EnergyLimit"] == 200 * 180 // 19
    for name, end in (("b", {"lag": 0}), ("c", {"fork": 0})):
        nodes.post("/sandbox/node", node=name, **end)
    nodes.mine(4)
    assert seen(nodes, alice, bob) == seen(late, alice, bob)
    # What the fork had packed is pending there.
    assert resources_of(fork, bob)["EnergyLimit"] == 300 * 180 // 19
