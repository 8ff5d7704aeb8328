"""One sandbox a run; every test makes its own people, and starts with an empty database."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.people import Person, funded
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG
from tests.tron.lying_node import LyingNode, lying_node
from tests.tron.two_nodes import Two


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Give a running node that makes blocks on demand; a few are solid already."""
    process = SandboxProcess(tmp_path_factory.mktemp("chain")).start()
    process.mine(SOLID_LAG + 5)
    yield process
    process.close()


@pytest.fixture
def node(sandbox: SandboxProcess, settings: Any) -> SandboxProcess:
    """Point the platform at the true node."""
    settings.TRON_NODES = [sandbox.url]
    return sandbox


@pytest.fixture
def liar(node: SandboxProcess, settings: Any) -> Iterator[LyingNode]:
    """Point the platform at a node that lies when told to, and else speaks for the true one."""
    with lying_node(node.url) as lying:
        settings.TRON_NODES = [lying.url]
        yield lying


@pytest.fixture
def liars(node: SandboxProcess, settings: Any) -> Iterator[tuple[LyingNode, LyingNode]]:
    """Point the platform at two nodes, a and b, that speak for one chain until they lie."""
    with lying_node(node.url) as a, lying_node(node.url) as b:
        settings.TRON_NODES = [a.url, b.url]
        yield a, b


@pytest.fixture
def alice(sandbox: SandboxProcess) -> Person:
    """Alice owns 10,000 TRX and 1,000 USDT, solid, and no test but this knows her."""
    owner = funded(sandbox, trx=10_000, usdt=1_000)
    sandbox.mine(SOLID_LAG)
    return owner


@pytest.fixture
def two(node: SandboxProcess, settings: Any) -> Iterator[Two]:
    """Point the platform at two nodes of one chain; each lies when told to."""
    with lying_node(node.url) as first, lying_node(node.url) as second:
        settings.TRON_NODES = [first.url, second.url]
        yield first, second
