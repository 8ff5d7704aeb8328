"""Nodes 200 blocks behind: one of two changes nothing; with both, payouts wait and are paid."""

from collections.abc import Iterator

import pytest

from tests.outage.steps import ask, assert_signed_once, status, total, until_all_confirmed
from tests.platform.checks import IN_STATUS
from tests.platform.running import BLOCK_MS, Platform, platform
from tests.waiting import until

pytestmark = pytest.mark.slow

LAG_BLOCKS, PEOPLE = 200, 10
SCANNED = "SELECT number FROM tron_scancursor"
WAITS = "SELECT count(*) FROM payouts_payout WHERE status = 'pending' AND wait_reason <> ''"


@pytest.fixture(scope="module")
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give the whole platform with two nodes, on a chain long enough to be behind it."""
    with platform(tmp_path_factory.mktemp("behind"), faces=2) as whole:
        whole.control("mine", {"blocks": LAG_BLOCKS + 100})
        whole.start_web()
        whole.start_beat()
        whole.start_worker()
        head = whole.sandbox("state")["solid"]["number"]
        until("the scanner has read it all", lambda: whole.one(SCANNED) >= head)
        yield whole


@pytest.mark.parametrize("behind", ["a", "b"])
def test_one_behind_beside_a_healthy_one_changes_nothing(two_nodes: Platform, behind: str) -> None:
    two_nodes.control("node", {"node": behind, "lag": LAG_BLOCKS})
    before = total(two_nodes)
    for _ in range(PEOPLE):
        ask(two_nodes)
    until("all are confirmed", lambda: two_nodes.one(IN_STATUS, "confirmed") == before + PEOPLE)
    two_nodes.control("node", {"node": behind, "lag": 0})
    until_all_confirmed(two_nodes)
    assert_signed_once(two_nodes)


def test_payouts_wait_while_every_node_is_behind_and_are_paid_once_it_is_not(
    two_nodes: Platform,
) -> None:
    # The chain stands still meanwhile: soon enough the nodes would have caught up.
    two_nodes.control("auto", {"block_ms": 0})
    for face in "ab":
        two_nodes.control("node", {"node": face, "lag": LAG_BLOCKS})
    scanned = "SELECT solid_number < number FROM tron_scancursor"
    until("the scanner sees that they are behind", lambda: two_nodes.one(scanned))
    path = ask(two_nodes)
    until("it says that it waits", lambda: two_nodes.one(WAITS) == 1)
    assert status(two_nodes, path) == "pending"

    for face in "ab":
        two_nodes.control("node", {"node": face, "lag": 0})
    two_nodes.control("auto", {"block_ms": BLOCK_MS})
    until_all_confirmed(two_nodes)
    assert_signed_once(two_nodes)
