"""Two versions on one database.

What takes a while is run only when asked for: ``make test-upgrade``.
"""

import pytest

from tests.marks import leave_out


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "upgrade: runs the version before beside this one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out unless they are asked for by their mark."""
    leave_out("upgrade", config, items)
