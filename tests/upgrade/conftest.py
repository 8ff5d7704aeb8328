"""Two versions on one database.

What takes a while is run only when asked for: ``make test-upgrade``.
"""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "upgrade: runs the version before beside this one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out unless they are asked for by their mark."""
    if "upgrade" in config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("upgrade")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
