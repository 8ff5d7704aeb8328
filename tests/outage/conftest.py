"""One platform for the tests of this folder; each stops and starts parts of it."""

from collections.abc import Iterator

import pytest

from tests.platform.running import Platform, platform


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give the whole platform."""
    with platform(tmp_path_factory.mktemp("outage")) as whole:
        whole.start_web()
        whole.start_beat()
        whole.start_worker()
        yield whole
