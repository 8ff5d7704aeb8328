"""A key that acts for another account by an active permission, as the chain has it."""

from typing import Any

import pytest
from coincurve import PrivateKey

from tests import builders
from tests.api.client import Api, nothing_written, refused
from tests.sandbox.people import Person, funded
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import do
from tests.sandbox.test_permissions import TRANSFERS_ONLY, permission
from wallets import vault
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
IMPORT = "/tron/wallets/import"
# TriggerSmartContract alone: bit 31.
CALLS_ONLY = "00000080".ljust(64, "0")


def imported(boss: Api, owner: Person, key: PrivateKey, number: int) -> Any:
    body = {"name": "payroll", "private_key": key.to_hex(), "address": owner.address}
    return boss.post(IMPORT, {**body, "permission_id": number})


@pytest.mark.contract("C-WAL-7")
def test_only_a_key_that_meets_it_alone_and_may_send_usdt_is_taken(
    boss: Api, node: SandboxProcess
) -> None:
    owner, alone, half, other = funded(node, trx=1000), Person(), Person(), Person()
    do(
        node,
        "accountpermissionupdate",
        owner,
        owner=permission("Owner", 1, owner),
        actives=[
            permission("Active", 1, alone, operations=CALLS_ONLY),
            permission("Active", 2, half, other, operations=CALLS_ONLY),
            permission("Active", 1, alone, operations=TRANSFERS_ONLY),
        ],
    )
    node.mine(20)
    for key, number, said in (
        (alone, 5, "no active permission"),
        (other, 2, f"{other.address} is not in this permission"),
        (half, 3, "does not meet the permission's threshold"),
        (alone, 4, "does not allow"),
    ):
        with nothing_written():
            details = refused(imported(boss, owner, key.key, number), 400, "LUCID_ERR_1001")
        assert said in details["permission_id"][0]
    answer = imported(boss, owner, alone.key, 2)
    assert answer.status == 201
    wallet = Wallet.objects.get()
    assert (wallet.address, wallet.signer_address) == (owner.address, alone.address)
    assert wallet.permission == {"id": 2, "threshold": 1, "keys": {alone.address: 1}}
    assert answer.body["permission"] == wallet.permission
    assert answer.body["signer_address"] == alone.address
    opened = vault.open_key(sealed_key=wallet.sealed_key, address=wallet.signing_address)
    assert opened.address == alone.address


@pytest.mark.contract("C-WAL-7")
def test_without_a_node_it_is_refused(boss: Api) -> None:
    with nothing_written():
        answer = imported(boss, Person(), PrivateKey(), 2)
    refused(answer, 500, "LUCID_ERR_2006")
    assert builders.address()
