"""What wallets have staked is looked at now and then, whatever one node or one wallet does."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import utc_now
from tests import builders
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode, says
from tests.wallets.books import hot, solidify
from tron.address import address_parse
from tron.halt import open_halts
from wallets.models import Wallet, WalletStatus
from wallets.models_resources import ResourceLook
from wallets.services.look import resources_look

RESOURCES = "wallet/getaccountresource"
NOW = utc_now()

pytestmark = pytest.mark.django_db


def seen() -> list[tuple[int, int, int]]:
    rows = ResourceLook.objects.order_by("wallet")
    return list(rows.values_list("energy", "bandwidth", "free_bandwidth"))


def test_it_keeps_the_last_look_and_its_time(node: SandboxProcess) -> None:
    wallet, _ = hot(node)
    assert resources_look(now=NOW) == 1
    assert seen() == [(0, 0, 600)]
    node.post("/sandbox/resources", address=wallet.address, energy=64_285, bandwidth=345)
    solidify(node)
    later = NOW + timedelta(seconds=60)
    assert resources_look(now=later) == 1
    assert seen() == [(64_285, 345, 600)]
    assert ResourceLook.objects.get().at == later


def test_one_that_was_looked_at_within_a_minute_is_left_alone(liar: LyingNode) -> None:
    builders.hot_wallet()
    assert resources_look(now=NOW) == 1
    assert resources_look(now=NOW + timedelta(seconds=59)) == 0
    assert len(liar.questions(RESOURCES)) == 1
    # The clock was set back: the look of the future does not count.
    assert resources_look(now=NOW - timedelta(hours=1)) == 1


def test_only_wallets_in_use_are_looked_at(liar: LyingNode) -> None:
    for status in (WalletStatus.AWAITING_KEY, WalletStatus.OPENING, WalletStatus.ARCHIVED):
        Wallet.objects.filter(pk=builders.hot_wallet().pk).update(status=status)
    assert resources_look(now=NOW) == 0
    assert liar.questions(RESOURCES) == []


@pytest.mark.parametrize("answer", [[], {"EnergyLimit": 2**63}, {"EnergyLimit": "many"}])
def test_what_cannot_be_read_leaves_the_last_look(liar: LyingNode, answer: Any) -> None:
    builders.hot_wallet()
    liar.on(RESOURCES, says({"EnergyLimit": 7}))
    assert resources_look(now=NOW) == 1
    liar.on(RESOURCES, says(answer))
    assert resources_look(now=NOW + timedelta(minutes=5)) == 0
    assert seen() == [(7, 0, 0)]
    assert ResourceLook.objects.get().at == NOW


def test_one_about_which_nothing_is_told_stops_no_other(liar: LyingNode) -> None:
    dumb, other = builders.hot_wallet(), builders.hot_wallet()
    hex_of_dumb = address_parse(str(dumb.address)).hex()

    def refuse_one(exchange: Any) -> None:
        is_dumb = exchange.question["address"] == hex_of_dumb
        exchange.reply("?" if is_dumb else {"EnergyLimit": 7})

    liar.on(RESOURCES, refuse_one)
    assert resources_look(now=NOW) == 1
    assert ResourceLook.objects.get().wallet_id == other.pk
    assert open_halts() == []


def test_while_nodes_hang_the_others_are_left_for_the_next_ring(
    liar: LyingNode, settings: Any
) -> None:
    """Else each of them would take a process of the pool the time of a call, and nobody is paid."""
    settings.TRON_TIMEOUT_S = 0.3
    for _ in range(3):
        builders.hot_wallet()

    def hang(exchange: Any) -> None:
        exchange.released.wait()

    liar.on(RESOURCES, hang)
    assert resources_look(now=NOW) == 0
    assert len({one.question["address"] for one in liar.questions(RESOURCES)}) == 1
