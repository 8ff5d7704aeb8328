"""Payouts from wallets whose keys are not here: built, signed by people, then the usual road."""

from datetime import timedelta
from typing import Any

import pytest
from coincurve import PrivateKey

from lucidpay.clock import utc_now
from lucidpay.verification import money, operations, transactions
from lucidpay.verification.findings import BEGINNING, Scope
from payouts.models import Payout
from payouts.services.route import router_assign
from payouts.services.screen import payouts_screen
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from payouts.services.wait import WAITS_FOR_SIGNATURES
from payouts.states import Status
from tests import builders
from tests.api.client import Answer, Api
from tests.api.test_metrics import told
from tests.dashboard.world import needs
from tests.sandbox.people import Person, usdt_of
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all, usdt_received
from tests.tron.lying_node import LyingNode, says, tells_the_truth
from tests.wallets.books import read
from tests.wallets.operating import confirm, done, keyless, operator, send_due, the
from tron.halt import Halted, halt, lift
from tron.models import ChainFlow, ChainTransaction, HaltCause, NodeAnswer, TxStatus
from wallets import tasks as wallet_tasks
from wallets import vault
from wallets.models import Wallet, WalletKind
from wallets.models_operation import OperationStatus
from wallets.services.cosign import transactions_cosign

pytestmark = pytest.mark.django_db
MICRO = 1_000_000
PAYS = ["TriggerSmartContract"]


@pytest.fixture(autouse=True)
def _all_is_well(db: None) -> Any:
    """Whatever a test does, the books and the transactions must bear each other out at its end."""
    yield
    scope = Scope(now=utc_now(), since=BEGINNING)
    checks = (*money.CHECKS, *transactions.CHECKS, *operations.CHECKS)
    assert [str(one) for check in checks for one in check(scope)] == []


@pytest.fixture
def api() -> Api:
    """Give an operator's calls; an admin's, who may set permissions."""
    return operator()


def payout_from(wallet: Wallet, **fields: Any) -> Payout:
    """Return a payout of this wallet that was looked at and is due."""
    router_assign(wallet=wallet)
    asked = builders.payout(builders.user(), **fields)
    read()
    payouts_screen(wallet_id=wallet.pk, now=utc_now())
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 0
    return Payout.objects.get(pk=asked.pk)


def unsigned(api: Api, wallet: Wallet, **fields: Any) -> Answer:
    """Have a transaction built."""
    return api.post(f"/tron/wallets/{wallet.public_id}/unsigned", fields)


def attach(api: Api, wallet: Wallet, txid: str, *people: Person, v: int = 0) -> Answer:
    """Attach these people's signatures one by one; return the last answer."""
    for person in people:
        signature = person.key.sign_recoverable(bytes.fromhex(txid), hasher=None)
        signature = signature[:-1] + bytes([signature[-1] + v])
        body = {"txid": txid, "signature": signature.hex()}
        answer = api.post(f"/tron/wallets/{wallet.public_id}/signatures", body)
    return answer


def settled(node: SandboxProcess) -> None:
    """Send what is due, make it solid and act on it."""
    send_due()
    node.mine(1 + SOLID_LAG)
    scan_all(now=utc_now())
    payouts_settle(now=utc_now())
    confirm(node)


def shared(node: SandboxProcess, api: Api, *more: Person) -> tuple[Wallet, list[Person]]:
    """Return a wallet for which 2 of 3 people sign, set up by the helper itself."""
    people = [*more, *(Person(PrivateKey()) for _ in range(3 - len(more)))]
    wallet, owner = keyless(node, WalletKind.MULTISIG)
    keys = [{"address": one.address, "weight": 1} for one in people]
    body: dict[str, Any] = {
        "owner": {"threshold": 2, "keys": keys},
        "actives": [{"name": "payouts", "threshold": 2, "keys": keys, "operations": PAYS}],
    }
    admin = Api(builders.token(builders.user("admin"), scopes=None))
    path = f"/tron/wallets/{wallet.public_id}/permissions"
    assert api.post(path, body).status == 403
    preview = admin.post(path, body)
    assert preview.status == 200, preview.text
    assert preview.body["after"]["owner"]["threshold"] == 2
    assert preview.body["warnings"][0].startswith("The owner's keys change")
    assert not ChainTransaction.objects.exists()
    confirmed = {**body, "confirm": preview.body["confirm"]}
    other = {**confirmed, "owner": {"threshold": 1, "keys": keys}}
    assert admin.post(path, other).body["error"]["code"] == "LUCID_ERR_1005"
    asked = admin.post(path, confirmed)
    assert asked.status == 202, asked.text
    read()
    built = unsigned(api, wallet, operation_id=asked.body["operation_id"])
    assert built.status == 200, built.text
    assert attach(api, wallet, built.body["txid"], owner).body["status"] == "signed"
    send_due()
    confirm(node)
    assert the(asked).status == OperationStatus.CONFIRMED
    after = api.get(path).body
    assert after["owner"]["keys"] == sorted(keys, key=lambda one: str(one["address"]))
    return wallet, people


@pytest.mark.call(
    "POST /tron/wallets/{wallet_id}/unsigned",
    "POST /tron/wallets/{wallet_id}/signatures",
)
@pytest.mark.contract("C-SIGN-1")
def test_a_cold_wallet_s_payout_goes_from_request_to_confirmed(
    node: SandboxProcess, api: Api
) -> None:
    wallet, person = keyless(node, WalletKind.COLD)
    payout = payout_from(wallet, amount_usdt=7 * MICRO)
    assert payout.wait_reason == WAITS_FOR_SIGNATURES
    built = unsigned(api, wallet, payout_id=payout.public_id)
    assert built.status == 200, built.text
    assert built.body["qr_svg"].startswith("<svg")
    assert (built.body["threshold"], built.body["weight"]) == (1, 0)
    assert built.body["transaction"]["txID"] == built.body["txid"]
    payout.refresh_from_db()
    assert payout.status == Status.PROCESSING
    # Asked again, it is the very same: whoever signs either of two would pay twice.
    assert unsigned(api, wallet, payout_id=payout.public_id).body["txid"] == built.body["txid"]
    # Signed as TronWeb does, with v from 27 up.
    signed = attach(api, wallet, built.body["txid"], person, v=27)
    assert (signed.status, signed.body["status"], signed.body["weight"]) == (200, "signed", 1)
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED
    assert usdt_received(node, payout.recipient_address) == 7 * MICRO
    assert ChainTransaction.objects.count() == 1


def test_what_people_take_hours_to_sign_is_late_only_when_it_was_sent_and_does_not_end(
    node: SandboxProcess, api: Api
) -> None:
    def late() -> tuple[bool, bool]:
        """Return whether the alert would wake somebody, and whether the front page says so."""
        return told()[("oldest_processing_age_seconds",)] > 600, "processing" in needs()

    wallet, person = keyless(node, WalletKind.COLD)
    payout = payout_from(wallet)
    built = unsigned(api, wallet, payout_id=payout.public_id)
    hours_ago = utc_now() - timedelta(hours=5)
    Payout.objects.filter(pk=payout.pk).update(updated_at=hours_ago)
    assert late() == (False, False)
    attach(api, wallet, built.body["txid"], person)
    assert late() == (True, True), "signed and kept back would be told"
    send_due()
    assert late() == (False, False)
    NodeAnswer.objects.update(at=hours_ago)
    assert late() == (True, True)


@pytest.mark.call(
    "GET /tron/wallets/{wallet_id}/permissions",
    "POST /tron/wallets/{wallet_id}/permissions",
)
@pytest.mark.contract("C-SIGN-2")
def test_two_of_three_sign_a_payout(node: SandboxProcess, api: Api) -> None:
    wallet, people = shared(node, api)
    payout = payout_from(wallet, amount_usdt=9 * MICRO)
    built = unsigned(api, wallet, payout_id=payout.public_id, permission_id=2)
    assert built.status == 200, built.text
    txid = built.body["txid"]
    first = attach(api, wallet, txid, people[2])
    assert (first.body["status"], first.body["weight"]) == ("awaiting", 1)
    assert send_due() == 0  # one is not enough
    twice = attach(api, wallet, txid, people[2])
    assert (twice.status, twice.body["error"]["details"]) == (409, {"signer": people[2].address})
    second = attach(api, wallet, txid, people[0])
    assert (second.body["status"], second.body["weight"]) == ("signed", 2)
    third = attach(api, wallet, txid, people[1])
    assert (third.status, third.body["error"]["details"]) == (409, {"status": "signed"})
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED
    assert usdt_received(node, payout.recipient_address) == 9 * MICRO
    # The network takes 1 TRX for more than one signature, and that was held for it.
    assert ChainTransaction.objects.get(txid=txid).fee_sun >= MICRO


@pytest.mark.contract("C-SIGN-3")
def test_signatures_of_no_use_change_nothing(node: SandboxProcess, api: Api) -> None:
    wallet, person = keyless(node, WalletKind.HARDWARE)
    payout = payout_from(wallet)
    txid = unsigned(api, wallet, payout_id=payout.public_id).body["txid"]
    path = f"/tron/wallets/{wallet.public_id}/signatures"
    other = person.key.sign_recoverable(bytes(32), hasher=None).hex()
    stranger = Person(PrivateKey()).key.sign_recoverable(bytes.fromhex(txid), hasher=None).hex()
    for signature in (other, stranger, "00" * 65, "ff" * 65, "ab" * 64, "no hex", "ab" * 66, ""):
        refused = api.post(path, {"txid": txid, "signature": signature})
        assert (refused.status, refused.body["error"]["code"]) == (400, "LUCID_ERR_1001"), signature
    unknown = api.post(path, {"txid": "0" * 64, "signature": other})
    assert (unknown.status, unknown.body["error"]["code"]) == (404, "LUCID_ERR_1003")
    tx = ChainTransaction.objects.get()
    assert (tx.status, tx.next_send_at) == (TxStatus.AWAITING, None)
    assert attach(api, wallet, txid, person).body["status"] == "signed"


@pytest.mark.contract("C-SIGN-4")
def test_what_expires_unsigned_is_proven_dead_and_built_anew(
    node: SandboxProcess, api: Api
) -> None:
    wallet, person = keyless(node, WalletKind.COLD)
    payout = payout_from(wallet)
    first = unsigned(api, wallet, payout_id=payout.public_id, valid_minutes=5).body
    node.mine(1, interval_ms=301_000)
    scan_all(now=utc_now())
    late = attach(api, wallet, first["txid"], person)
    assert (late.status, late.body["error"]["code"]) == (409, "LUCID_ERR_1005")
    node.mine(1 + SOLID_LAG)
    scan_all(now=utc_now())
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    assert (payout.status, payout.tries) == (Status.PENDING, 0)
    assert ChainTransaction.objects.get().status == TxStatus.DEAD
    second = unsigned(api, wallet, payout_id=payout.public_id)
    assert second.status == 200, second.text
    assert second.body["txid"] != first["txid"]
    attach(api, wallet, second.body["txid"], person)
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED
    assert usdt_received(node, payout.recipient_address) == payout.amount_micro


def test_who_sends_it_by_themselves_has_it_confirmed_too(node: SandboxProcess, api: Api) -> None:
    wallet, person = keyless(node, WalletKind.COLD)
    payout = payout_from(wallet)
    shown = unsigned(api, wallet, payout_id=payout.public_id).body["transaction"]
    # Whoever holds the key needs nobody's leave to send; the chain decides, and is believed.
    signature = person.key.sign_recoverable(bytes.fromhex(shown["txID"]), hasher=None).hex()
    answer = node.post("/wallet/broadcasttransaction", **shown, signature=[signature])
    assert answer.get("result") is True, answer
    node.mine(1 + SOLID_LAG)
    scan_all(now=utc_now())
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED
    assert attach(api, wallet, shown["txID"], person).status == 409


def test_what_is_not_agreed_to_is_not_built(node: SandboxProcess, api: Api) -> None:
    wallet, _ = keyless(node, WalletKind.COLD, usdt=10_000)
    payout = payout_from(wallet, amount_usdt=6_000 * MICRO)
    refused = unsigned(api, wallet, payout_id=payout.public_id)
    assert (refused.status, refused.body["error"]["code"]) == (409, "LUCID_ERR_1005")
    builders.approved(payout)
    assert unsigned(api, wallet, payout_id=payout.public_id).status == 200


def test_wallets_and_ids_that_do_not_fit_are_refused(node: SandboxProcess, api: Api) -> None:
    wallet, _ = keyless(node, WalletKind.COLD)
    payout = payout_from(wallet)
    other, _ = keyless(node, WalletKind.COLD)
    assert unsigned(api, other, payout_id=payout.public_id).status == 404
    assert unsigned(api, wallet).status == 400
    assert unsigned(api, wallet, payout_id=payout.public_id, operation_id="x").status == 400
    assert unsigned(api, wallet, operation_id="x").status == 404
    assert unsigned(api, wallet, payout_id=payout.public_id, permission_id=5).status == 400
    assert unsigned(api, wallet, payout_id=payout.public_id, valid_minutes=1).status == 400
    stranger = Api(builders.token(builders.user("node_operator"), scopes=None))
    assert unsigned(stranger, wallet, payout_id=payout.public_id).status == 403
    hot = builders.hot_wallet()
    held = builders.payout(builders.user())
    assert unsigned(api, hot, payout_id=held.public_id).status == 409


def test_what_no_node_can_price_is_built_later(
    liar: LyingNode, node: SandboxProcess, api: Api
) -> None:
    wallet, _ = keyless(node, WalletKind.COLD)
    payout = payout_from(wallet)
    liar.on("wallet/triggerconstantcontract", says(b"<html>", status=502))
    refused = unsigned(api, wallet, payout_id=payout.public_id)
    assert (refused.status, refused.body["error"]["code"]) == (500, "LUCID_ERR_2006"), refused.text
    assert not ChainTransaction.objects.exists()
    liar.on("wallet/triggerconstantcontract", tells_the_truth)
    assert unsigned(api, wallet, payout_id=payout.public_id).status == 200


@pytest.mark.contract("C-SIGN-5")
def test_an_operation_of_a_cold_wallet_is_signed_the_same_way(
    node: SandboxProcess, api: Api
) -> None:
    wallet, person = keyless(node, WalletKind.COLD)
    receiver = Person(PrivateKey())
    body = {"to_address": receiver.address, "amount_trx": 5}
    asked = api.post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body)
    assert done(node, asked).status == OperationStatus.OPEN  # no worker has its key
    built = unsigned(api, wallet, operation_id=asked.body["operation_id"])
    assert built.body["kind"] == "transfer_trx"
    shown = api.get(f"/tron/operations/{asked.body['operation_id']}").body
    assert (shown["status"], shown["txid"]) == ("awaiting_signatures", built.body["txid"])
    attach(api, wallet, built.body["txid"], person)
    send_due()
    confirm(node)
    assert the(asked).status == OperationStatus.CONFIRMED
    assert usdt_of(node, receiver) == 0


def test_an_operation_nobody_signed_in_time_has_failed(node: SandboxProcess, api: Api) -> None:
    wallet, _ = keyless(node, WalletKind.COLD)
    body = {"to_address": Person(PrivateKey()).address, "amount_trx": 5}
    asked = api.post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body)
    read()
    unsigned(api, wallet, operation_id=asked.body["operation_id"], valid_minutes=5)
    node.mine(1, interval_ms=301_000)
    confirm(node)
    failed = api.get(f"/tron/operations/{asked.body['operation_id']}").body
    assert (failed["status"], failed["error_code"]) == ("failed", "LUCID_ERR_2008")
    again = unsigned(api, wallet, operation_id=asked.body["operation_id"])
    assert (again.status, again.body["error"]["code"]) == (409, "LUCID_ERR_1005")
    assert ChainTransaction.objects.count() == 1


# --- Keys that are here, with some of the rights ------------------------------------------------


def seal_for(wallet: Wallet, person: Person, *, kind: WalletKind, permission_id: int = 0) -> None:
    """Let the platform have this person's key for the wallet."""
    _, sealed = vault.seal(person.key.to_hex())
    permission = {"id": permission_id, "threshold": 1, "keys": {person.address: 1}}
    Wallet.objects.filter(pk=wallet.pk).update(
        kind=kind,
        sealed_key=sealed,
        signer_address=person.address,
        permission=permission if permission_id else None,
    )


def permit(api: Api, wallet: Wallet, body: dict[str, Any], *signers: Person) -> None:
    """Set a wallet's permissions, with these people's signatures; it is sent, not mined."""
    admin = Api(builders.token(builders.user("admin"), scopes=None))
    path = f"/tron/wallets/{wallet.public_id}/permissions"
    asked = admin.post(path, {**body, "confirm": admin.post(path, body).body["confirm"]})
    read()
    txid = unsigned(api, wallet, operation_id=asked.body["operation_id"]).body["txid"]
    assert attach(api, wallet, txid, *signers).body["status"] == "signed"
    assert send_due() >= 1


@pytest.mark.contract("C-SIGN-6")
def test_a_key_that_is_here_signs_with_the_others(node: SandboxProcess, api: Api) -> None:
    ours = Person(PrivateKey())
    wallet, people = shared(node, api, ours)
    seal_for(wallet, ours, kind=WalletKind.MULTISIG)
    payout = payout_from(wallet)
    txid = unsigned(api, wallet, payout_id=payout.public_id).body["txid"]
    assert transactions_cosign() == 1
    assert transactions_cosign() == 0
    assert attach(api, wallet, txid, people[1]).body["weight"] == 2
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED


def test_while_the_kill_switch_is_on_no_key_that_is_here_signs(
    node: SandboxProcess, api: Api
) -> None:
    """With it the transaction would be whole, for whoever is shown it to send."""
    ours = Person(PrivateKey())
    wallet, people = shared(node, api, ours)
    seal_for(wallet, ours, kind=WalletKind.MULTISIG)
    payout = payout_from(wallet)
    txid = unsigned(api, wallet, payout_id=payout.public_id).body["txid"]
    attach(api, wallet, txid, people[1])
    stop = halt(cause=HaltCause.OPERATOR, reason="test", by="tests", now=utc_now())
    with pytest.raises(Halted):
        transactions_cosign()
    wallet_tasks.operate()
    assert ChainTransaction.objects.get(txid=txid).status == TxStatus.AWAITING
    assert unsigned(api, wallet, payout_id=payout.public_id).status == 409
    lift(halts=[stop.pk], reason="test", by="tests", now=utc_now())
    # Nor while something left the wallet that nobody has judged.
    out = {"log_index": 0, "asset": "USDT", "units": 1, "block_number": 10**9, "block_time_ms": 1}
    flow = ChainFlow.objects.create(txid="e" * 64, sender=wallet.address, **out)
    assert transactions_cosign() == 0
    flow.delete()
    # One that cannot be signed stops no other.
    rows = ChainTransaction.objects.filter(txid=txid)
    whole = rows.get().signed_hex
    rows.update(signed_hex="00")
    unsigned(api, wallet, payout_id=payout_from(wallet).public_id)
    assert transactions_cosign() == 1
    rows.update(signed_hex=whole)
    assert transactions_cosign() == 1
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED


def test_the_fee_for_a_second_signature_is_held_for_operations_of_any_wallet(
    node: SandboxProcess, api: Api
) -> None:
    wallet, owner = keyless(node, WalletKind.COLD)
    receiver, people = keyless(node, WalletKind.COLD)[1], [Person(PrivateKey()) for _ in range(2)]
    keys = [{"address": one.address, "weight": 1} for one in people]
    both = {"name": "both", "threshold": 2, "keys": keys, "operations": ["TransferContract"]}
    permit(api, wallet, {"actives": [both]}, owner)
    confirm(node)
    body = {"to_address": receiver.address, "amount_trx": 5}
    asked = api.post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body)
    read()
    wanted = {"operation_id": asked.body["operation_id"], "permission_id": 2}
    txid = unsigned(api, wallet, **wanted).body["txid"]
    assert attach(api, wallet, txid, *people).body["status"] == "signed"
    send_due()
    confirm(node)
    operation = the(asked)
    assert operation.status == OperationStatus.CONFIRMED
    assert operation.transaction is not None
    assert MICRO <= operation.transaction.fee_sun <= operation.burn_max_sun


def test_a_hot_key_pays_by_a_permission_that_allows_nothing_else(
    node: SandboxProcess, api: Api
) -> None:
    wallet, owner = keyless(node, WalletKind.COLD)
    hot = Person(PrivateKey())
    keys = [{"address": hot.address, "weight": 1}]
    limited = {"name": "hot", "threshold": 1, "keys": keys, "operations": PAYS}
    permit(api, wallet, {"actives": [limited]}, owner)
    confirm(node)
    seal_for(wallet, hot, kind=WalletKind.HOT, permission_id=2)
    router_assign(wallet=Wallet.objects.get(pk=wallet.pk))
    payout = builders.payout(builders.user(), amount_usdt=3 * MICRO)
    read()
    payouts_screen(wallet_id=wallet.pk, now=utc_now())
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 1
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED
    tx = ChainTransaction.objects.get(subject=payout.pk)
    assert tx.permission is not None
    assert tx.permission["id"] == 2
    # It may pay, and nothing more; that is known before anything is asked for.
    body = {"to_address": hot.address, "amount_trx": 1}
    refused = api.post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body)
    assert (refused.status, refused.body["error"]["code"]) == (400, "LUCID_ERR_1001")
    assert "permission_id" in refused.body["error"]["details"]


def test_a_permission_that_changed_meanwhile_decides_nothing(
    node: SandboxProcess, api: Api
) -> None:
    """A node refuses bytes again that stand in a block already; only the chain decides."""
    wallet, people = shared(node, api)
    payout = payout_from(wallet)
    built = unsigned(api, wallet, payout_id=payout.public_id, permission_id=2).body
    attach(api, wallet, built["txid"], people[0], people[1])
    send_due()
    node.mine(1)  # it stands in a block that is not solid yet
    new = Person(PrivateKey())
    alone = {"threshold": 1, "keys": [{"address": new.address, "weight": 1}]}
    active = {**alone, "name": "payouts", "operations": PAYS}
    permit(api, wallet, {"owner": alone, "actives": [active]}, people[0], people[1])
    node.mine(1)
    # The old keys may sign no more, and the node says so when the bytes come again.
    send_due()
    said = set(NodeAnswer.objects.filter(transaction__txid=built["txid"]).values_list("code"))
    assert said >= {("SIGERROR",)}, said
    payout.refresh_from_db()
    assert payout.status == Status.PROCESSING
    settled(node)
    payout.refresh_from_db()
    assert payout.status == Status.CONFIRMED
    assert usdt_received(node, payout.recipient_address) == payout.amount_micro
    assert ChainTransaction.objects.filter(subject=payout.pk).count() == 1
