"""TRX that may have been sent already is sent again only when a person has said that it was not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from lucidpay.clock import utc_now
from payouts.explain import explain
from tests.gateway.earned import deposit_address
from tests.outflows import left_without_order
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import somebody
from tests.wallets.books import UNIT, hot, read
from tests.wallets.operating import Api, keyless, operator, the
from tron.flows import FEE_LOG_INDEX, TRX_LOG_INDEX
from tron.models import ChainTransaction
from wallets.models import Wallet, WalletKind
from wallets.models_operation import Operation
from wallets.services import operate_sign
from wallets.services.operate_cancel import operation_cancel
from wallets.services.operate_clear import NothingToClear, operation_clear
from wallets.services.operate_doubt import MAY_BE_PAID, doubted_set_aside

pytestmark = pytest.mark.django_db
TXID = "ab" * 32


@pytest.fixture
def api() -> Api:
    """Give an operator's calls."""
    return operator()


def asked(api: Api, wallet: Wallet, recipient: str, amount_trx: int = 10) -> Any:
    """Ask for a transfer of TRX, as a program that repeats itself."""
    body = {"to_address": recipient, "amount_trx": amount_trx}
    answer = api.post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body)
    assert answer.status == 202, answer.text
    return answer


def left(wallet: Wallet, recipient: str, amount_trx: int = 10, txid: str = TXID) -> None:
    units, told = amount_trx * UNIT, {"asset": "TRX", "log_index": TRX_LOG_INDEX}
    left_without_order(wallet, recipient, units, txid=txid, **told)


def sign(wallet: Wallet) -> int:
    read()
    return operate_sign.operations_sign(wallet_id=wallet.pk, now=utc_now())


def clear(operation: Operation) -> None:
    key = operation.pk
    operation_clear(operation_id=key, by="user 1", reason="it was another", now=utc_now())


def test_what_fits_waits_until_a_person_clears_it(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    recipient = somebody()
    left(wallet, recipient)
    again, other = asked(api, wallet, recipient), asked(api, wallet, recipient, amount_trx=11)
    assert sign(wallet) == 1
    doubted = the(again)
    assert (doubted.transaction, doubted.wait_reason) == (None, MAY_BE_PAID)
    assert the(other).transaction is not None
    assert api.get(again.headers["Location"]).body["waiting_for"] == MAY_BE_PAID
    assert wallet.pk not in operate_sign.wallets_to_sign_for()
    clear(doubted)
    row = the(again)
    assert (row.cleared_by, row.cleared_reason, row.wait_reason) == (
        "user 1", "it was another", "",
    )  # fmt: skip
    assert sign(wallet) == 1
    with pytest.raises(NothingToClear):
        clear(doubted)


def test_what_is_met_again_is_asked_again(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    recipient = somebody()
    left(wallet, recipient)
    again = asked(api, wallet, recipient)
    assert sign(wallet) == 0
    clear(the(again))
    left(wallet, recipient, txid="cd" * 32)
    assert sign(wallet) == 0
    assert the(again).is_doubted


def test_it_waits_on_when_what_left_is_forgotten(node: SandboxProcess, api: Api) -> None:
    wallet, _ = keyless(node, WalletKind.COLD)
    recipient, later = somebody(), utc_now() + timedelta(days=31)
    left(wallet, recipient)
    again, other = asked(api, wallet, recipient), asked(api, wallet, recipient)
    with transaction.atomic():
        assert doubted_set_aside([the(again)], now=utc_now()) == []
        assert doubted_set_aside([the(again), the(other)], now=later) == [the(other)]


def test_those_in_doubt_hold_up_no_other(
    node: SandboxProcess, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operate_sign, "CHUNK", 1)
    wallet, _ = hot(node)
    recipient = somebody()
    left(wallet, recipient)
    asked(api, wallet, recipient)
    other = asked(api, wallet, recipient, amount_trx=11)
    assert (sign(wallet), sign(wallet)) == (0, 1)
    assert the(other).transaction is not None


def test_what_goes_to_an_address_of_ours_waits_for_nobody(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    own, _ = hot(node)
    for number, address in enumerate((str(own.address), deposit_address(utc_now()).address)):
        left(wallet, address, txid=f"{number:064x}")
        asked(api, wallet, address)
    assert sign(wallet) == 2


def test_one_that_is_only_watched_is_not_ours(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    watched, _ = hot(node)
    Wallet.objects.filter(pk=watched.pk).update(kind=WalletKind.WATCH)
    left(wallet, str(watched.address))
    asked(api, wallet, str(watched.address))
    assert sign(wallet) == 0


def test_people_are_handed_nothing_to_sign_that_may_be_paid(node: SandboxProcess, api: Api) -> None:
    wallet, _ = keyless(node, WalletKind.COLD)
    recipient = somebody()
    left(wallet, recipient)
    again = asked(api, wallet, recipient)
    read()
    fields = {"operation_id": again.body["operation_id"]}
    refused = api.post(f"/tron/wallets/{wallet.public_id}/unsigned", fields)
    assert (refused.status, refused.body["error"]["details"]["reason"]) == (409, MAY_BE_PAID)
    assert not ChainTransaction.objects.exists()
    clear(the(again))
    assert api.post(f"/tron/wallets/{wallet.public_id}/unsigned", fields).status == 200


def test_what_was_paid_is_given_up(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    recipient = somebody()
    left(wallet, recipient)
    again = asked(api, wallet, recipient)
    assert sign(wallet) == 0
    operation_cancel(operation_id=the(again).pk, by="user 1", reason="paid", now=utc_now())
    assert (the(again).status, the(again).wait_reason) == ("failed", "")
    with pytest.raises(NothingToClear):
        clear(the(again))


def test_a_txid_names_the_open_operation_that_it_may_have_paid(
    node: SandboxProcess, api: Api
) -> None:
    wallet, _ = hot(node)
    recipient = somebody()
    left(wallet, recipient)
    fee = {"asset": "TRX", "log_index": FEE_LOG_INDEX, "txid": "cd" * 32}
    left_without_order(wallet, "", 1_000, **fee)
    told = " ".join(explain(TXID, now=utc_now()).split())
    assert "may have paid no operation that is open here" in told
    again = asked(api, wallet, recipient)
    told = explain(TXID, now=utc_now())
    assert f"{again.body['operation_id']} (open)" in " ".join(told.split())
    assert "may have paid" not in explain("cd" * 32, now=utc_now())
