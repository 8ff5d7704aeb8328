"""What tests start from: people, keys, wallets with money, and payouts in any state.

Everything is made through the services that make it in production, so what a test starts from
can exist. No node is needed: what the chain would have said is written where the scanner
writes it. Amounts are micro-USDT and sun.
"""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from coincurve import PrivateKey
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import override_settings

from access.caller import caller_of_user
from access.idempotency import hash_of
from access.models import ApiKey, User
from access.services.keys import api_key_create
from access.services.tokens import tokens_issue
from lucidpay.clock import utc_now
from lucidpay.ids import parse_public_id
from payouts.models import Payout, Review, Router, RouterType
from payouts.models_batch import Batch
from payouts.models_limits import LimitKind
from payouts.person import Person
from payouts.policy.approval import content_hash
from payouts.releases import due_at
from payouts.services.cancel import payout_cancel
from payouts.services.draft import payout_of
from payouts.services.limits import limit_set
from payouts.services.price import Quote
from payouts.services.recipients import kyc_add
from payouts.services.recipients_approve import kyc_approve, recipient_trust
from payouts.services.request import Asked, paying_wallet, payout_request
from payouts.services.request_many import batch_request
from payouts.services.review import payout_approve
from payouts.services.route import router_assign
from payouts.services.settle import payouts_settle
from payouts.services.sign import sign_locked
from payouts.states import Status
from payouts.story import begin
from tron.address import address_of_public_key
from tron.models import ChainTransaction, TxStatus
from tron.reference import Reference
from wallets import ledger
from wallets.hand import own_hand
from wallets.models import Account, Asset, Wallet, WalletKind, WalletStatus
from wallets.services.open import wallet_import

PASSWORD = "correct horse battery staple"
USDT = TRX = 1_000_000  # base units of one
UNLIMITED = {"*": 1_000_000}
FEE_LIMIT_SUN = 30 * TRX
CHAIN_TIME_MS = 1_750_000_000_000
_numbers = count(1)


def address() -> str:
    """Return a valid address that nobody has used before."""
    return address_of_public_key(PrivateKey().public_key)


def user(role: str | None = "end_user", **fields: Any) -> User:
    """Return a new user with one role, or with none."""
    fields.setdefault("username", f"user-{uuid4().hex[:12]}")
    made = User.objects.create_user(password=PASSWORD, **fields)
    if role is not None:
        # Tests that commit truncate all tables at their end, the roles and routers with them.
        made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def api_key(owner: User, **fields: Any) -> tuple[ApiKey, str]:
    """Return a new key of this user and its token; ``fields`` as for ``api_key_create``."""
    return api_key_create(user=owner, **{"name": "tests", **fields})


def token(owner: User, **fields: Any) -> str:
    """Return the token of a new key whose calls are not limited unless ``fields`` say so."""
    return api_key(owner, **{"rate_limits": UNLIMITED, **fields})[1]


def jwt(owner: User) -> str:
    """Return an access token, as from ``/api/auth/token/``."""
    return tokens_issue(user=owner, address="127.0.0.1", now=utc_now()).access


def hot_wallet(*, usdt_micro: int = 1_000_000 * USDT, trx_sun: int = 1_000_000 * TRX) -> Wallet:
    """Return an active wallet with this solid balance that pays for all routers."""
    imported = wallet_import(
        name=f"hot-{next(_numbers)}-{uuid4().hex[:8]}", private_key_hex=PrivateKey().to_hex()
    )
    imported.status, imported.opened_at_block = WalletStatus.ACTIVE, 1
    imported.save()
    for asset in Asset:
        Account.objects.create(kind=Account.Kind.WALLET, wallet=imported, asset=asset)
    fund(imported, usdt_micro=usdt_micro, trx_sun=trx_sun)
    for router_type in RouterType:
        Router.objects.get_or_create(type=router_type)
    router_assign(wallet=imported)
    return imported


def wallet_of(kind: WalletKind, *, usdt_micro: int = 0, trx_sun: int = 0) -> Wallet:
    """Return an active wallet whose key is not here, with this solid balance; no router's."""
    made = Wallet.objects.create(
        name=f"{kind}-{next(_numbers)}-{uuid4().hex[:8]}", kind=kind, address=address(),
        network="sandbox", status=WalletStatus.ACTIVE, opened_at_block=1,
    )  # fmt: skip
    for asset in Asset:
        Account.objects.create(kind=Account.Kind.WALLET, wallet=made, asset=asset)
    fund(made, usdt_micro=usdt_micro, trx_sun=trx_sun)
    return made


def trusted(**fields: Any) -> str:
    """Return an address that may be paid directly; ``fields`` as for ``recipient_trust``."""
    given = {"address": address(), "note": "tests", "hourly_micro": None, "daily_micro": None}
    return recipient_trust(by="tests", now=utc_now(), **{**given, **fields}).address


def lift_limits() -> None:
    """Let the routers take any amount; for tests of other things than limits."""
    for router_type in (RouterType.V0, RouterType.KYC):
        limit_set(
            kind=LimitKind.ROUTER, subject=router_type, hourly_micro=None, daily_micro=None,
            by="tests", now=utc_now(),
        )  # fmt: skip


def fund(wallet: Wallet, *, usdt_micro: int = 0, trx_sun: int = 0) -> None:
    """Book an inflow to a wallet, or (negative) what left it."""
    bookings = []
    for asset, units in ((Asset.USDT, usdt_micro), (Asset.TRX, trx_sun)):
        source = ledger.other_account(Account.Kind.FUNDING, asset)
        sides = ((ledger.wallet_account(wallet, asset), units), (source, -units))
        if units:
            bookings.append(ledger.Booking("inflow", uuid4().hex, sides, block_number=1))
    with transaction.atomic():
        ledger.book(bookings, at=utc_now())


def kyc(**fields: Any) -> str:
    """Return an address whose identity was checked, for a day; ``fields`` as for ``kyc_add``."""
    expires_at = utc_now() + timedelta(days=1)
    given = {"address": address(), "kyc_hash": "ab" * 32, "level": 1, "expires_at": expires_at}
    waiting = kyc_add(by="tests", now=utc_now(), **{**given, **fields})
    return kyc_approve(record_id=waiting.pk, by="tests", now=utc_now()).address


def order(**fields: Any) -> dict[str, Any]:
    """Return a validated create body, as ``payout_request`` takes it (``amount_usdt``: micro)."""
    given = {"recipient_address": address(), "amount_usdt": 12_500_000, "reason": "salary"}
    return {**given, **fields}


def batch(owner: User, *, count: int = 3, now: datetime | None = None, **fields: Any) -> Batch:
    """Return a batch of this many payouts, by default due at once; ``fields`` of its body.

    Needs a wallet that pays (``hot_wallet``).
    """
    shared = {"priority": "NORMAL", "batch_type": "IMMEDIATE"}
    wanted = {"payouts": [order() for _ in range(count)], **shared, **fields}
    made = batch_request(
        caller=caller_of_user(owner),
        order=wanted,
        body_hash=hash_of(wanted),
        request_id=uuid4().hex,
        now=now or utc_now(),
        has_key=False,
    )
    for payout in made.payouts:
        screened(payout, now=now)
    return made.batch


def end(pending: Payout, status: str) -> None:
    """Bring a due payout to its end: ``confirmed`` or ``failed`` by the chain, or cancelled."""
    if status == Status.CANCELLED:
        payout_cancel(payout_id=pending.pk, by="tests", reason="", now=utc_now())
        return
    signed(pending)
    chain_says(pending, TxStatus.SUCCEEDED if status == Status.CONFIRMED else TxStatus.FAILED)
    with override_settings(PAYOUT_NEW_ATTEMPTS=0):
        payouts_settle(now=utc_now())


def payout(
    owner: User, *, status: str = Status.PENDING, now: datetime | None = None, **fields: Any
) -> Payout:
    """Return a payout of this user in any status; ``fields`` as in ``order``.

    Needs a wallet that pays (``hot_wallet``). ``now`` is when it was asked for.
    """
    wanted = order(**fields)
    asked_at = now or utc_now()
    made = _asked_for(owner, wanted, asked_at)
    screened(made, now=asked_at)
    if status == Status.CANCELLED:
        return payout_cancel(payout_id=made.pk, by="tests", reason="", now=asked_at)
    if status != Status.PENDING:
        signed(made, now=asked_at)
    if status in (Status.CONFIRMED, Status.FAILED):
        chain_says(made, TxStatus.SUCCEEDED if status == Status.CONFIRMED else TxStatus.FAILED)
        with override_settings(PAYOUT_NEW_ATTEMPTS=0):
            payouts_settle(now=utc_now())
    return Payout.objects.select_related("transaction").get(pk=made.pk)


def _asked_for(owner: User, wanted: dict[str, Any], now: datetime) -> Payout:
    caller, router_type = caller_of_user(owner), wanted.get("router_type", RouterType.V0)
    if router_type not in (RouterType.DIRECT, RouterType.GATEWAY):
        answer = payout_request(Asked(caller, wanted, hash_of(wanted), uuid4().hex, now, key=None))
        return Payout.objects.get(pk=parse_public_id("payout", answer.body["payout_id"]))
    # These come by other ways than the Payment API, and have no limits there.
    due = due_at(wanted.get("batch_type", "IMMEDIATE"), now)
    made = payout_of(caller, wanted, router_type, paying_wallet(router_type), due, now)
    made.body_hash, made.request_id = hash_of(wanted), uuid4().hex
    with transaction.atomic():
        begin(made, by=f"user {owner.pk}", details={})
    return made


def screened(payout: Payout, *, now: datetime | None = None) -> None:
    """Write that the chain was asked about the recipient, and that nothing was found."""
    rows = Payout.objects.filter(pk=payout.pk, screened_at=None)
    rows.update(screened_at=now or utc_now())


def approver(role: str = "approver", **fields: Any) -> User:
    """Return a new member of staff who may approve payouts."""
    return user(role, **{"is_staff": True, **fields})


def in_review(owner: User, **fields: Any) -> Payout:
    """Return a payout that a person must approve: its amount is large unless ``fields`` differ."""
    made = payout(owner, **{"amount_usdt": 6_000 * USDT, **fields})
    assert made.review == Review.REQUIRED
    return made


def approved(waiting: Payout, by: User | None = None, *, now: datetime | None = None) -> Payout:
    """Return the payout after somebody, a new approver unless named, has agreed to it."""
    return payout_approve(
        payout_id=waiting.pk,
        by=Person((by or approver()).pk),
        seen_hash=content_hash(Payout.objects.get(pk=waiting.pk)),
        reason="checked by phone",
        now=now or utc_now(),
    )


def signed(pending: Payout, *, now: datetime | None = None) -> ChainTransaction:
    """Sign a due payout with its wallet's key and return its transaction (``processing``)."""
    screened(pending, now=now)
    wallet = pending.wallet
    hand = own_hand(wallet)
    reference = Reference(
        block_number=1000,
        block_id=f"{1000:016x}" + "ab" * 24,
        expiration_ms=CHAIN_TIME_MS + 120_000,
        chain_time_ms=CHAIN_TIME_MS,
    )
    quotes = {pending.pk: Quote(fee_limit_sun=FEE_LIMIT_SUN)}
    # A scheduled payout is not due yet; the signer would leave it alone.
    due = max(now or utc_now(), pending.sign_after) + timedelta(microseconds=1)
    with transaction.atomic():
        assert len(sign_locked(wallet, quotes, reference, hand, due)) == 1
    pending.refresh_from_db()
    assert pending.transaction is not None
    return pending.transaction


def chain_says(processing: Payout, end: str, *, block: int = 1010) -> ChainTransaction:
    """Write how a payout's transaction ended, as the scanner would; ``payouts_settle`` acts on it.

    ``end``: a final ``TxStatus``.
    """
    pk = Payout.objects.values_list("transaction", flat=True).get(pk=processing.pk)
    if end == TxStatus.DEAD:
        facts: dict[str, Any] = {"proof": death(ChainTransaction.objects.get(pk=pk), block)}
    else:
        facts = {
            "block_number": block,
            "block_id": f"{block:016x}" + "cd" * 24,
            "block_time_ms": CHAIN_TIME_MS + 30_000,
            "confirmations": 19,
            "fee_sun": 13_500_000,
            "energy_used": 64_285,
            "energy_staked": 14_285,
            "result": "SUCCESS" if end == TxStatus.SUCCEEDED else "OUT_OF_ENERGY",
        }
    found = ChainTransaction.objects.filter(pk=pk)
    assert found.update(status=end, sends=1, final_at=utc_now(), **facts) == 1
    return found.get()


def death(tx: ChainTransaction, block: int) -> dict[str, Any]:
    """Return what the scanner notes when a transaction dies with this block."""
    return {
        "reference_block": tx.ref_block_number,
        "reference_block_id": tx.ref_block_id,
        "expiration_ms": tx.expiration_ms,
        "solid_block": block,
        "solid_block_id": f"{block:016x}" + "cd" * 24,
        "solid_block_time_ms": tx.expiration_ms,
        "blocks_scanned": block - tx.ref_block_number,
    }
