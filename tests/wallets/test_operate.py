"""What wallets do beside paying: once, by stored bytes, settled and booked like a payout."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lucidpay.clock import utc_now
from lucidpay.verification import money, operations, transactions
from lucidpay.verification.findings import BEGINNING, Scope
from tests import builders
from tests.sandbox.people import trx_of
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all, somebody
from tests.tron.lying_node import LyingNode, says
from tests.wallets.books import balances, booked, contradictions, hot, read
from tests.wallets.operating import Api, confirm, done, keyless, operator, send_due, the, trx
from tron.halt import Halted, halt, lift, open_halts
from tron.models import ChainTransaction, HaltCause, TxStatus
from wallets.models import Account, Asset, Hold, Wallet, WalletKind
from wallets.models_operation import Operation, OperationStatus
from wallets.services.operate_settle import operations_settle
from wallets.services.operate_sign import operations_sign
from wallets.services.take_over import wallet_know

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books_agree(db: None) -> Any:
    """Whatever a test does, the books and the transactions must bear each other out at its end."""
    yield
    assert contradictions() == []
    scope = Scope(now=utc_now(), since=BEGINNING)
    checks = (*money.CHECKS, *transactions.CHECKS, *operations.CHECKS)
    assert [str(one) for check in checks for one in check(scope)] == []


@pytest.fixture
def api() -> Api:
    """Give an operator's calls."""
    return operator()


def send_trx(api: Api, wallet: Wallet, **fields: Any) -> Any:
    """Ask for a transfer of TRX."""
    headers = fields.pop("headers", {})
    body = {"to_address": somebody(), "amount_trx": 10, **fields}
    return api.post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body, **headers)


@pytest.mark.call(
    "POST /tron/wallets/{wallet_id}/transfer-trx",
    "GET /tron/operations/{operation_id}",
)
@pytest.mark.contract("C-OP-1")
def test_a_transfer_of_trx_goes_from_request_to_confirmed(node: SandboxProcess, api: Api) -> None:
    wallet, person = hot(node)
    receiver = somebody()
    answer = send_trx(api, wallet, to_address=receiver, amount_trx="12.345678")
    assert answer.status == 202
    assert answer.body["status"] == "awaiting_signatures"
    assert answer.headers["Location"] == f"/tron/operations/{answer.body['operation_id']}"
    operation = done(node, answer)
    shown = api.get(answer.headers["Location"]).body
    assert (shown["status"], shown["kind"]) == ("confirmed", "transfer_trx")
    assert shown["txid"] == operation.transaction.txid
    assert str(shown["amount"]) == "12.345678"
    assert trx_of(node, person) == balances(wallet)[1]
    # An address that was never used costs another 1.1 TRX, and that was held for it.
    assert booked(Account.Kind.FEES, Asset.TRX) == operation.transaction.fee_sun
    assert booked(Account.Kind.SENT, Asset.TRX) == 12_345_678
    assert set(Hold.objects.values_list("status", flat=True)) == {"posted"}
    assert open_halts() == []


@pytest.mark.contract("C-OP-2")
def test_the_same_key_twice_is_one_operation(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    receiver = somebody()
    headers = {"Idempotency_Key": "once"}
    first = send_trx(api, wallet, to_address=receiver, headers=headers)
    done(node, first)
    # The wallet could not pay this any more, and the node is away: it is not asked again.
    node.close()
    again = send_trx(api, wallet, to_address=receiver, headers=headers)
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = send_trx(api, wallet, to_address=receiver, amount_trx=11, headers=headers)
    assert (other.status, other.body["error"]["code"]) == (422, "LUCID_ERR_1006")
    assert Operation.objects.count() == 1


@pytest.mark.contract("C-OP-3")
def test_what_is_held_for_an_operation_no_other_can_take(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node, trx=100)
    assert send_trx(api, wallet, amount_trx=60).status == 202
    refused = send_trx(api, wallet, amount_trx=60)
    assert (refused.status, refused.body["error"]["code"]) == (500, "LUCID_ERR_2007")
    assert refused.body["error"]["details"].keys() == {"needed_trx", "available_trx"}
    assert Operation.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to_address": "T" * 34}, 400, "LUCID_ERR_2001"),
        ({"to_address": "T" * 34, "amount_trx": 0}, 400, "LUCID_ERR_1001"),
        ({"amount_trx": 0}, 400, "LUCID_ERR_1001"),
        ({"amount_trx": -1}, 400, "LUCID_ERR_1001"),
        ({"amount_trx": "0.0000001"}, 400, "LUCID_ERR_1001"),
        ({"amount_trx": True}, 400, "LUCID_ERR_1001"),
        ({"amount": 1}, 400, "LUCID_ERR_1001"),
        ({"amount_trx": 10_001}, 400, "LUCID_ERR_2002"),
    ],
)
def test_bad_input_stores_nothing(
    node: SandboxProcess, api: Api, fields: dict[str, Any], status: int, code: str
) -> None:
    wallet, _ = hot(node, trx=20_000)
    refused = send_trx(api, wallet, **fields)
    assert (refused.status, refused.body["error"]["code"]) == (status, code), refused.text
    assert not Operation.objects.exists()
    assert not Hold.objects.exists()


@pytest.mark.contract("C-OP-4")
def test_a_wallet_sends_a_bounded_sum_a_day_also_to_its_own_kind(
    node: SandboxProcess, api: Api
) -> None:
    wallet, _ = hot(node, trx=30_000)
    own, _ = hot(node, trx=1)
    assert send_trx(api, wallet, amount_trx=9_000).status == 202
    refused = send_trx(api, wallet, amount_trx=1_001)
    assert refused.body["error"]["code"] == "LUCID_ERR_2002"
    assert refused.body["error"]["details"]["remaining"] == 1_000
    # Whoever may send can also make any address one of ours.
    assert send_trx(api, wallet, amount_trx=1_001, to_address=own.address).status == 400
    assert send_trx(api, wallet, amount_trx=1_000, to_address=own.address).status == 202


def test_who_is_only_watched_is_somebody_else(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node, trx=30_000)
    watched = wallet_know(name="watched", kind=WalletKind.WATCH, address=somebody())
    refused = send_trx(api, wallet, amount_trx=15_000, to_address=watched.address)
    assert refused.body["error"]["code"] == "LUCID_ERR_2002"
    assert not Operation.objects.exists()


def test_itself_and_contracts_get_no_trx(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    for address in (str(wallet.address), node.state()["usdt_contract"]):
        refused = send_trx(api, wallet, to_address=address)
        assert (refused.status, refused.body["error"]["code"]) == (400, "LUCID_ERR_1001")
        assert "to_address" in refused.body["error"]["details"]


@pytest.mark.contract("C-OP-5")
def test_scopes_and_ids_are_asked_for(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    stranger = Api(builders.token(builders.user("end_user")))
    assert send_trx(stranger, wallet).status == 403
    assert stranger.get("/tron/operations").status == 403
    for path in ("/tron/operations/stake_" + "0" * 32, "/tron/operations/nonsense"):
        assert api.get(path).status == 404
    unknown = api.post(f"/tron/wallets/wallet_{'0' * 32}/transfer-trx",
                       {"to_address": somebody(), "amount_trx": 1})  # fmt: skip
    assert (unknown.status, unknown.body["error"]["code"]) == (404, "LUCID_ERR_1003")


def test_when_no_node_answers_nothing_is_stored(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    node.close()
    refused = send_trx(api, wallet)
    assert (refused.status, refused.body["error"]["code"]) == (500, "LUCID_ERR_2006")
    assert not Operation.objects.exists()


@pytest.mark.call("POST /tron/operations/{operation_id}/cancel")
@pytest.mark.contract("C-OP-6")
def test_an_operation_is_cancelled_until_it_is_built(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node, trx=100)
    first, second = send_trx(api, wallet, amount_trx=60), send_trx(api, wallet, amount_trx=10)
    cancelled = api.post(f"/tron/operations/{first.body['operation_id']}/cancel")
    assert (cancelled.status, cancelled.body["status"]) == (200, "failed")
    # Its money is free again.
    assert send_trx(api, wallet, amount_trx=60).status == 202
    read()
    operations_sign(wallet_id=wallet.pk, now=utc_now())
    for one in (first, second):
        late = api.post(f"/tron/operations/{one.body['operation_id']}/cancel")
        assert (late.status, late.body["error"]["code"]) == (409, "LUCID_ERR_1005")


@pytest.mark.call("GET /tron/operations")
def test_operations_are_listed(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    made = [send_trx(api, wallet).body["operation_id"] for _ in range(3)]
    listed = api.get(f"/tron/operations?kind=transfer_trx&wallet_id={wallet.public_id}&limit=2")
    assert [one["operation_id"] for one in listed.body["operations"]] == [made[2], made[1]]
    assert listed.body["pagination"]["has_next"] is True
    assert api.get("/tron/operations?kind=vote").body["operations"] == []
    assert api.get("/tron/operations?kinds=vote").status == 400


# --- Exactly once -------------------------------------------------------------------------------


def test_who_dies_after_signing_has_it_sent_by_the_next(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    answer = send_trx(api, wallet)
    read()
    assert operations_sign(wallet_id=wallet.pk, now=utc_now()) == 1
    before = ChainTransaction.objects.get()
    # Whoever comes next finds the bytes, and nothing to sign.
    assert operations_sign(wallet_id=wallet.pk, now=utc_now()) == 0
    assert send_due() == 1
    assert send_due() == 1
    confirm(node)
    after = ChainTransaction.objects.get()
    assert (after.txid, after.signed_hex) == (before.txid, before.signed_hex)
    assert the(answer).status == OperationStatus.CONFIRMED


def test_one_that_expired_unsent_failed_and_is_not_signed_again(
    node: SandboxProcess, api: Api
) -> None:
    wallet, _ = hot(node)
    answer = send_trx(api, wallet)
    read()
    operations_sign(wallet_id=wallet.pk, now=utc_now())
    node.mine(1, interval_ms=300_000)
    node.mine(2 + SOLID_LAG)
    scan_all(now=utc_now())
    operations_settle(now=utc_now())
    failed = the(answer)
    assert failed.status == OperationStatus.FAILED
    assert "Nothing was done" in failed.error_message
    assert failed.transaction.status == TxStatus.DEAD
    assert operations_sign(wallet_id=wallet.pk, now=utc_now()) == 0
    assert Hold.objects.get().status == "voided"


def test_the_kill_switch_stops_them(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    send_trx(api, wallet)
    read()
    halt(cause=HaltCause.OPERATOR, subject="x", reason="test", by="tests", now=utc_now())
    with pytest.raises(Halted):
        operations_sign(wallet_id=wallet.pk, now=utc_now())
    assert not ChainTransaction.objects.exists()
    lift(halts=[one.pk for one in open_halts()], by="tests", reason="over", now=utc_now())
    assert operations_sign(wallet_id=wallet.pk, now=utc_now()) == 1


def test_the_database_refuses_another_order_or_end(node: SandboxProcess, api: Api) -> None:
    wallet, _ = hot(node)
    operation = done(node, send_trx(api, wallet))
    rows = Operation.objects.filter(pk=operation.pk)
    for change in ({"amount_micro": 1}, {"recipient": somebody()}, {"kind": "stake"},
                   {"status": "open", "ended_at": None}, {"status": "failed"}):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


# --- Allowances ---------------------------------------------------------------------------------


@pytest.mark.call("POST /tron/usdt/approve")
@pytest.mark.contract("C-OP-7")
def test_an_allowance_is_given_to_named_spenders_alone(
    node: SandboxProcess, api: Api, settings: Any
) -> None:
    wallet, _ = hot(node)
    spender = somebody()
    body = {"from_wallet_id": wallet.public_id, "spender": spender, "amount": "5.5"}
    refused = api.post("/tron/usdt/approve", body)
    assert (refused.status, refused.body["error"]["code"]) == (403, "LUCID_ERR_2010")
    settings.USDT_SPENDERS = [spender]
    operation = done(node, api.post("/tron/usdt/approve", body))
    assert (operation.status, operation.transaction.result) == ("confirmed", "SUCCESS")
    assert operation.transaction.energy_used > 0
    # Taking it back asks nobody.
    settings.USDT_SPENDERS = []
    back = done(node, api.post("/tron/usdt/approve", {**body, "amount": 0}))
    assert back.status == OperationStatus.CONFIRMED
    assert trx(1_000) - balances(wallet)[1] == booked(Account.Kind.FEES, Asset.TRX)


NOT_RUN = {"result": {"code": "CONTRACT_VALIDATE_ERROR", "message": "no constant calls here"}}
RAN: dict[str, Any] = {"result": {"result": True}, "constant_result": [f"{1:064x}"]}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (NOT_RUN, "LUCID_ERR_2006"),  # the node's word on itself, and not the contract's
        ({**RAN, "energy_used": 22_000}, "LUCID_ERR_2006"),
        ({**RAN, "transaction": {"ret": [{}]}}, "LUCID_ERR_2006"),
        ({**RAN, "transaction": {"ret": [{}]}, "energy_used": 0}, "LUCID_ERR_2006"),
        ({**RAN, "transaction": {"ret": [{"ret": "FAILED"}]}, "energy_used": 9}, "LUCID_ERR_2008"),
        # It would burn all that it may, and fail.
        ({**RAN, "transaction": {"ret": [{}]}, "energy_used": 1_000_000}, "LUCID_ERR_2008"),
    ],
    ids=["not run", "no verdict", "no energy", "energy of nothing", "reverted", "too dear"],
)
def test_what_a_node_says_of_an_allowance_is_taken_for_no_more_than_it_says(
    liar: LyingNode, node: SandboxProcess, api: Api, answer: dict[str, Any], code: str
) -> None:
    wallet, _ = hot(node)
    liar.on("wallet/triggerconstantcontract", says(answer))
    body = {"from_wallet_id": wallet.public_id, "spender": somebody(), "amount": 0}
    refused = api.post("/tron/usdt/approve", body)
    assert (refused.status, refused.body["error"]["code"]) == (500, code), refused.text
    assert not Operation.objects.exists()


def test_an_allowance_on_its_way_cannot_overtake_its_taking_back(
    node: SandboxProcess, api: Api, settings: Any
) -> None:
    """Of two in one block, who makes it decides which comes last."""
    wallet, _ = hot(node)
    settings.USDT_SPENDERS = [somebody(), somebody()]
    body = {"from_wallet_id": wallet.public_id, "amount": "5"}
    given = api.post("/tron/usdt/approve", {**body, "spender": settings.USDT_SPENDERS[0]})
    for amount in ("0", "7"):
        again = {**body, "spender": settings.USDT_SPENDERS[0], "amount": amount}
        refused = api.post("/tron/usdt/approve", again)
        assert (refused.status, refused.body["error"]["code"]) == (409, "LUCID_ERR_1005")
    other = api.post("/tron/usdt/approve", {**body, "spender": settings.USDT_SPENDERS[1]})
    assert other.status == 202
    assert done(node, given).status == "confirmed"
    back = {**body, "spender": settings.USDT_SPENDERS[0], "amount": "0"}
    assert done(node, api.post("/tron/usdt/approve", back)).status == "confirmed"


def test_who_takes_an_allowance_back_waits_for_no_signature(
    node: SandboxProcess, api: Api, settings: Any
) -> None:
    wallet, _ = keyless(node, WalletKind.COLD)
    settings.USDT_SPENDERS = [somebody()]
    body = {"from_wallet_id": wallet.public_id, "spender": settings.USDT_SPENDERS[0]}
    assert api.post("/tron/usdt/approve", {**body, "amount": "5"}).status == 202
    assert api.post("/tron/usdt/approve", {**body, "amount": "0"}).status == 202


def test_permissions_are_set_one_set_at_a_time(node: SandboxProcess) -> None:
    """Each replaces the whole set: an older one must not come after a newer."""
    wallet, person = hot(node)
    admin = Api(builders.token(builders.user("admin"), scopes=None))
    path = f"/tron/wallets/{wallet.public_id}/permissions"
    asked = []
    for name in ("one", "two"):
        keys = [{"address": person.address, "weight": 1}]
        active = {"name": name, "threshold": 1, "keys": keys}
        body = {"actives": [{**active, "operations": ["TriggerSmartContract"]}]}
        confirm = admin.post(path, body).body["confirm"]
        asked.append(admin.post(path, {**body, "confirm": confirm}))
    assert [one.status for one in asked] == [202, 409]
    assert done(node, asked[0]).status == "confirmed"


@pytest.mark.contract("C-OP-8")
def test_a_key_that_is_here_opens_its_account_to_named_keys_alone(
    node: SandboxProcess, settings: Any
) -> None:
    """Else one key of the API would be all that is in the wallet, and nobody would have looked."""
    wallet, own = hot(node)
    admin, thief = Api(builders.token(builders.user("admin"), scopes=None)), somebody()
    path = f"/tron/wallets/{wallet.public_id}/permissions"
    mine, theirs = ([{"address": one, "weight": 1}] for one in (own.address, thief))
    pays = {"name": "pays", "threshold": 1, "operations": ["TriggerSmartContract"]}
    for body in (
        {"owner": {"threshold": 1, "keys": theirs}, "actives": [{**pays, "keys": mine}]},
        {"owner": {"threshold": 1, "keys": mine + theirs}, "actives": [{**pays, "keys": mine}]},
        {"actives": [{**pays, "keys": theirs}]},
    ):
        refused = admin.post(path, body)
        assert (refused.status, refused.body["error"]["code"]) == (403, "LUCID_ERR_2010")
        assert thief in refused.text
    assert admin.post(path, {"actives": [{**pays, "keys": mine}]}).status == 200
    # What is shown while it is named is not done when it no longer is.
    settings.PERMISSION_KEYS = [thief]
    confirmed = {**body, "confirm": admin.post(path, body).body["confirm"]}
    settings.PERMISSION_KEYS = []
    assert admin.post(path, confirmed).status == 403
    assert not Operation.objects.exists()
    settings.PERMISSION_KEYS = [thief]
    assert done(node, admin.post(path, confirmed)).status == OperationStatus.CONFIRMED
