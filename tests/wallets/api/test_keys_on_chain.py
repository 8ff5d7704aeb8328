"""Wallets whose keys are here, from the call to the chain they are opened on."""

import pytest

from lucidpay.clock import utc_now
from tests.api.client import Api
from tests.sandbox.people import Person, funded
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.wallets.beside import working
from wallets.tasks import open_wallets

WALLETS = "/tron/wallets"
PASSWORD = "correct horse battery staple"


@pytest.mark.call(
    "POST /tron/wallets/create",
    "POST /tron/wallets/import",
    "GET /tron/wallets",
    "POST /tron/wallets/{wallet_id}/backup",
    "POST /tron/wallets/{wallet_id}/restore",
)
@pytest.mark.usefixtures("_cheap")
@pytest.mark.django_db(transaction=True)
def test_it_is_made_or_taken_over_opened_backed_up_and_brought_back(
    boss: Api, node: SandboxProcess
) -> None:
    owner: Person = funded(node, trx=5, usdt=7)
    node.mine(SOLID_LAG)
    with working():
        made = boss.post(f"{WALLETS}/create", {"name": "made", "mnemonic_words": 12})
    assert made.status == 201, made
    private_key = owner.key.to_hex()
    taken = boss.post(f"{WALLETS}/import", {"name": "taken", "private_key": private_key})
    assert taken.status == 201, taken
    scan_all(now=utc_now())
    open_wallets()
    listed = boss.get(WALLETS).body["wallets"]
    assert {(one["name"], one["status"]) for one in listed} == {
        ("made", "active"), ("taken", "active"),
    }  # fmt: skip
    held = boss.get(f"{taken.headers['Location']}/balance").body
    assert (held["trx"], held["usdt"], held["source"]) == (5, 7, "books")
    with working():
        backup = boss.post(f"{taken.headers['Location']}/backup", {"password": PASSWORD})
    body = {"keystore": backup.body["keystore"], "password": PASSWORD}
    assert boss.post(f"{taken.headers['Location']}/restore", body).body["has_key"] is True
    assert boss.post(f"{made.headers['Location']}/restore", body).status == 400
