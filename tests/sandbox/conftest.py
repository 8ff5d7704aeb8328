"""One sandbox a module; every test makes its own people, so that they do not meet."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.sandbox.people import Person, funded
from tests.sandbox.process import SandboxProcess


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A running node that makes blocks on demand."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox")).start()
    yield process
    process.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., SandboxProcess]]:
    """Start nodes of one test; the arguments are the command's."""
    with ExitStack() as stack:

        def start(*arguments: str, nodes: int = 1) -> SandboxProcess:
            process = SandboxProcess(tmp_path, *arguments, nodes=nodes).start()
            stack.callback(process.close)
            return process

        yield start


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Three nodes on one chain, blocks on demand; solid two blocks below the head."""
    arguments = ("--block-ms", "0", "--solid-lag", "2")
    process = SandboxProcess(tmp_path_factory.mktemp("nodes"), *arguments, nodes=3).start()
    yield process
    process.close()


@pytest.fixture
def alice(node: SandboxProcess) -> Person:
    """Alice owns 1,000 TRX and 1,000 USDT."""
    return funded(node, trx=1000, usdt=1000)


@pytest.fixture
def bob(node: SandboxProcess) -> Person:
    """Bob owns 1 TRX and 1 USDT."""
    return funded(node, trx=1, usdt=1)


@pytest.fixture
def nobody() -> Person:
    """A key whose address the chain has never seen."""
    return Person()
