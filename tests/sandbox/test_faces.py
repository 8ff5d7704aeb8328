"""Several nodes in one process: one chain, a pool each, and gossip between them."""

from collections.abc import Callable
from pathlib import Path

from tests.sandbox.people import USDT, funded, send, usdt_draft, usdt_of
from tests.sandbox.process import SandboxProcess

PENDING = "/wallet/gettransactionlistfrompending"


def test_every_node_shows_the_same_chain(nodes: SandboxProcess) -> None:
    nodes.mine(3)
    for path in ("/wallet/getnowblock", "/walletsolidity/getnowblock"):
        shown = [nodes.face(name).get(path) for name in "abc"]
        assert shown[0] == shown[1] == shown[2]


def test_what_one_node_admits_the_others_have_pending(nodes: SandboxProcess) -> None:
    alice, bob = funded(nodes, trx=100, usdt=10), funded(nodes, usdt=1)
    made = usdt_draft(nodes, alice, bob, USDT).sign(alice)
    assert send(nodes.face("c"), made)["code"] == "SUCCESS"
    for name in "abc":
        assert nodes.face(name).get(PENDING) == {"txId": [made.txid]}
        assert send(nodes.face(name), made)["code"] == "DUP_TRANSACTION_ERROR"
        assert usdt_of(nodes.face(name), bob) == 2 * USDT
    nodes.mine()
    for name in "abc":
        assert nodes.face(name).get(PENDING) == {}
        assert nodes.face(name).info(made.txid)["receipt"]["result"] == "SUCCESS"


def test_every_port_takes_controls(nodes: SandboxProcess) -> None:
    number = nodes.state()["head"]["number"]
    nodes.face("b").mine()
    assert nodes.face("c").state()["head"]["number"] == number + 1
    assert list(nodes.face("b").state()["nodes"]) == ["a", "b", "c"]


def test_it_refuses_the_same_port_twice(run: Callable[..., SandboxProcess], tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path, nodes=2)
    process.face("b").port = process.port
    assert "different ports" in process.refuse()


def test_it_does_not_start_when_one_of_its_ports_is_taken(
    run: Callable[..., SandboxProcess], tmp_path: Path
) -> None:
    first = run("--block-ms", "0")
    other = SandboxProcess(tmp_path / "other", nodes=2)
    other.face("b").port = first.port
    assert "in use" in other.refuse()
