"""Which network it is, and that a node of another one is refused."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.sandbox.process import SandboxProcess
from tests.tron.chain import NOW, asked
from tron.errors import WrongChain
from tron.models import ScanCursor
from tron.networks import KNOWN, network
from tron.sandbox import genesis
from tron.scan import scan_solid

NODE = "http://127.0.0.1:1"
GENESIS = {  # TIP-474
    "mainnet": "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc",
    "nile": "0000000000000000d698d4192c56cb6be724a558448e2684802de4d6cd8690dc",
    "shasta": "0000000000000000de1aa88295e1fcf982742f773e0419c5a9c134c994a9059e",
    "sandbox": genesis.GENESIS_ID,
}
CUSTOM = {
    "TRON_GENESIS_ID": f"{0:016x}" + "ab" * 24,
    "USDT_CONTRACT": "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf",
    "TRON_NODES": [NODE],
}


@pytest.fixture(autouse=True)
def _unset(settings: Any) -> None:
    for name, value in (("TRON_GENESIS_ID", ""), ("USDT_CONTRACT", ""), ("TRON_NODES", [])):
        setattr(settings, name, value)


@pytest.mark.parametrize("name", ["mainnet", "nile", "shasta"])
def test_a_known_network_needs_its_name_only(settings: Any, name: str) -> None:
    settings.TRON_NETWORK = name
    found = network()
    assert found == KNOWN[name]
    assert found.genesis_id == GENESIS[name]
    assert all(url.startswith("https://") for url in found.nodes)


def test_no_two_networks_share_a_genesis_or_a_contract() -> None:
    assert len({one.genesis_id for one in KNOWN.values()}) == len(KNOWN)
    assert len({one.usdt_contract for one in KNOWN.values()}) == len(KNOWN)


def test_testnet_is_nile(settings: Any) -> None:
    settings.TRON_NETWORK = "testnet"
    assert network() == KNOWN["nile"]


def test_the_sandbox_needs_a_node(settings: Any) -> None:
    settings.TRON_NETWORK = "sandbox"
    with pytest.raises(ImproperlyConfigured, match="TRON_NODES"):
        network()
    settings.TRON_NODES = [NODE]
    assert network().nodes == (NODE,)


@pytest.mark.parametrize("name", ["", "Mainnet", "main", "ethereum", "localhost"])
def test_it_refuses_a_name_it_does_not_know_and_lists_those_it_does(
    settings: Any, name: str
) -> None:
    settings.TRON_NETWORK = name
    with pytest.raises(ImproperlyConfigured, match=r"mainnet, nile, .*custom"):
        network()


@pytest.mark.parametrize("missing", CUSTOM)
def test_a_custom_network_must_be_described_whole(settings: Any, missing: str) -> None:
    settings.TRON_NETWORK = "custom"
    for name in CUSTOM.keys() - {missing}:
        setattr(settings, name, CUSTOM[name])
    with pytest.raises(ImproperlyConfigured, match=missing):
        network()


def test_a_custom_network_is_what_the_settings_say(settings: Any) -> None:
    settings.TRON_NETWORK = "custom"
    for name, value in CUSTOM.items():
        setattr(settings, name, value)
    found = network()
    assert (found.genesis_id, found.usdt_contract) == (
        CUSTOM["TRON_GENESIS_ID"],
        CUSTOM["USDT_CONTRACT"],
    )


def test_the_genesis_id_of_a_known_network_cannot_be_set(settings: Any) -> None:
    settings.TRON_NETWORK, settings.TRON_GENESIS_ID = "mainnet", genesis.GENESIS_ID
    assert network().genesis_id == GENESIS["mainnet"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["mainnet", "nile", "shasta"])
def test_a_real_network_refuses_the_sandbox(
    sandbox: SandboxProcess, settings: Any, name: str
) -> None:
    settings.TRON_NETWORK, settings.TRON_NODES = name, [sandbox.url]
    with pytest.raises(WrongChain, match=genesis.GENESIS_ID):
        asked(lambda node: node.head())
    with pytest.raises(WrongChain):
        scan_solid(now=NOW)
    assert not ScanCursor.objects.exists()


@pytest.mark.django_db
def test_the_sandbox_is_recognised(sandbox: SandboxProcess, settings: Any) -> None:
    settings.TRON_NETWORK, settings.TRON_NODES = "sandbox", [sandbox.url]
    assert asked(lambda node: node.head()).number > 0
