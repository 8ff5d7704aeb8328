"""Platforms for the tests of this folder, which stop and start parts of them."""

from collections.abc import Iterator

import pytest

from tests.platform.running import Platform, platform
from tests.tron.lying_node import LyingNode, lying_node


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give the whole platform."""
    with platform(tmp_path_factory.mktemp("outage")) as whole:
        whole.start_beat()
        whole.start_worker()
        whole.start_web()
        yield whole


@pytest.fixture(scope="module")
def proxied(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Platform, LyingNode]]:
    """Give the whole platform, and what stands between it and its node."""
    with (
        platform(tmp_path_factory.mktemp("proxied")) as whole,
        lying_node(whole.node_url) as between,
    ):
        whole.env["TRON_NODES"] = between.url
        whole.start_beat()
        whole.start_worker()
        whole.start_web()
        yield whole, between
