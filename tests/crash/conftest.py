"""One platform for the tests of this folder; each starts and kills its own worker."""

from collections.abc import Iterator

import pytest

from tests.platform.running import Platform, platform


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give servers, node, web and beat."""
    often = {"RECONCILE_INTERVAL_S": "1"}
    with platform(tmp_path_factory.mktemp("crash"), **often) as whole:
        whole.start_beat()
        whole.start_web()
        yield whole
