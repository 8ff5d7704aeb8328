"""What a new transaction is tied to: only a chain that is known well enough, and its own time."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lucidpay.clock import from_ms
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import NOW
from tron.errors import WrongChain
from tron.models import ScanCursor
from tron.networks import KNOWN
from tron.reference import LAG_BLOCKS_MAX, ChainNotReady, reference_now
from tron.scan import HEAD_AHEAD_MAX_MS, scan_solid

pytestmark = pytest.mark.django_db


def begin(node: SandboxProcess) -> ScanCursor:
    """Scan once, at ``NOW``."""
    scan_solid(now=NOW)
    return ScanCursor.objects.get()


def test_there_is_none_before_the_first_scan() -> None:
    with pytest.raises(ChainNotReady, match="no solid block"):
        reference_now(now=NOW)


def test_it_is_the_scanner_s_block(node: SandboxProcess) -> None:
    begin(node)
    reference = reference_now(now=NOW)
    solid = node.state()["solid"]
    assert (reference.block_number, reference.block_id) == (solid["number"], solid["id"])


def test_there_is_none_in_the_database_of_another_network(node: SandboxProcess) -> None:
    begin(node)
    ScanCursor.objects.update(genesis_id=KNOWN["nile"].genesis_id)
    with pytest.raises(WrongChain, match="this database belongs to the network"):
        reference_now(now=NOW)


def test_there_is_none_while_no_node_answers(node: SandboxProcess, settings: Any) -> None:
    settings.TRON_SCAN_FRESH_S = 30
    begin(node)
    reference_now(now=NOW + timedelta(seconds=30))
    with pytest.raises(ChainNotReady, match="no node has answered since 2026-01-05T12:00:00"):
        reference_now(now=NOW + timedelta(seconds=30, microseconds=1))


def test_there_is_none_on_a_node_that_stands_still(node: SandboxProcess, settings: Any) -> None:
    settings.TRON_HEAD_AGE_MAX_S = 330
    cursor = begin(node)
    head_at = from_ms(cursor.head_time_ms)
    for age_s, answers in ((330, True), (331, False)):
        now = head_at + timedelta(seconds=age_s)
        ScanCursor.objects.update(seen_at=now)
        if answers:
            reference_now(now=now)
        else:
            with pytest.raises(ChainNotReady, match="stands still"):
                reference_now(now=now)


def test_there_is_none_when_the_last_look_lies_in_the_future(node: SandboxProcess) -> None:
    """Noted by a worker whose clock is ahead; it would look fresh for as long."""
    begin(node)
    ScanCursor.objects.update(seen_at=NOW + timedelta(minutes=5))
    with pytest.raises(ChainNotReady, match="no node has answered"):
        reference_now(now=NOW)


def test_a_head_far_ahead_of_the_solid_chain_moves_expirations_little(
    node: SandboxProcess,
) -> None:
    node.post("/sandbox/step", seconds=3_600)
    node.mine(1)
    cursor = begin(node)
    assert cursor.head_time_ms == cursor.time_ms + HEAD_AHEAD_MAX_MS
    node.mine(20)  # the chain is shared: let its solid block come near again


def test_there_is_none_on_a_node_that_has_gone_back(node: SandboxProcess) -> None:
    """Its reference block would be unknown there, and its head time long past."""
    cursor = begin(node)
    ScanCursor.objects.update(number=cursor.number + LAG_BLOCKS_MAX)
    reference_now(now=NOW)
    ScanCursor.objects.update(number=cursor.number + LAG_BLOCKS_MAX + 1)
    with pytest.raises(ChainNotReady, match="26 solid blocks behind"):
        reference_now(now=NOW)


def test_there_is_none_while_the_scanner_catches_up(node: SandboxProcess) -> None:
    cursor = begin(node)
    ScanCursor.objects.update(solid_number=cursor.number + LAG_BLOCKS_MAX)
    reference_now(now=NOW)
    ScanCursor.objects.update(solid_number=cursor.number + LAG_BLOCKS_MAX + 1)
    with pytest.raises(ChainNotReady, match="26 solid blocks are unread"):
        reference_now(now=NOW)


@pytest.mark.parametrize("expiration_s", [60, 120, 180])
@pytest.mark.parametrize("clock", ["2001-01-01", "2026-01-05", "2099-12-31"])
def test_it_expires_by_chain_time_whatever_the_clock_says(
    node: SandboxProcess, settings: Any, clock: str, expiration_s: int
) -> None:
    settings.TRON_EXPIRATION_S = expiration_s
    with time_machine.travel(clock, tick=False):
        begin(node)
        reference = reference_now(now=NOW)
    head_time_ms = node.state()["head_time_ms"]
    assert reference.chain_time_ms == head_time_ms
    assert reference.expiration_ms == head_time_ms + expiration_s * 1_000


def test_its_expiration_follows_the_head_and_not_the_solid_block(node: SandboxProcess) -> None:
    begin(node)
    before = reference_now(now=NOW)
    node.post("/sandbox/step", seconds=500)
    node.mine()
    scan_solid(now=NOW)
    after = reference_now(now=NOW)
    assert after.expiration_ms - before.expiration_ms == 500_001
