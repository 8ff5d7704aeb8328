"""People who are told of events, and a machine that may be told."""

from typing import Any

import pytest

from tests.api.conftest import (
    _fresh_counters,
    alice,
    auditor,
    bob,
    dead_port,
    no_redis,
    operator,
    wallet,
)

__all__ = [
    "_fresh_counters", "alice", "auditor", "bob", "dead_port", "no_redis", "operator", "wallet",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Any) -> None:
    """Let receivers of this machine be registered, as in the demo."""
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
