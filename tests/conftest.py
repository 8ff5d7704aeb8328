"""What every test may count on."""

from typing import Any

import pytest

from tron import nodes
from wallets.vault import vault_key_pair

VAULT_KEY, VAULT_PUBLIC_KEY = vault_key_pair()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests, so that no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _vault(settings: Any) -> None:
    """Give this process both halves of a vault's key; tests of the web side take one away."""
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = VAULT_KEY, VAULT_PUBLIC_KEY


@pytest.fixture(autouse=True)
def _nodes_forgotten() -> None:
    """Let every test meet its nodes for the first time."""
    nodes.forget()
