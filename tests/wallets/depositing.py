"""Deposit addresses on the test's chain, and what empties them."""

from typing import Any

from django.db import transaction

from lucidpay.clock import utc_now
from tests.deposits import deposit_address_next
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import row_of, transfer
from tests.wallets.books import read, solidify
from tests.wallets.operating import done, operator
from tron.kinds import Purpose, TxKind
from tron.models import FINAL, ChainTransaction, TxStatus
from tron.transactions import sign
from wallets import ledger
from wallets.models import Account, Asset, Wallet
from wallets.models_deposit import DepositAccount, DepositAddress
from wallets.models_operation import Operation
from wallets.services.book_flows import flows_book
from wallets.services.deposits import deposit_signer, payments_account_ask, seeds_make


def deposit_address() -> DepositAddress:
    """Return an address that was just handed out."""
    account = payments_account_ask(now=utc_now())
    seeds_make()
    made = deposit_address_next(account_id=account.pk, now=utc_now())
    made.account = DepositAccount.objects.get(pk=account.pk)
    return made


def thief_of(deposit: DepositAddress) -> Person:
    """Return somebody who has an address's key."""
    return Person(deposit_signer(deposit)._key)


def sweep(
    deposit: DepositAddress, wallet: Wallet, node: SandboxProcess, *, units: int, **fields: Any
) -> ChainTransaction:
    """Return the signed transaction that moves USDT from a deposit address to a wallet."""
    draft = transfer(node, thief_of(deposit), recipient=str(wallet.address), amount=units, **fields)
    row = row_of(sign(draft, deposit_signer(deposit)), purpose=Purpose.SWEEP)
    row.created_at = row.next_send_at = utc_now()
    row.save()
    return row


def sweep_trx(
    deposit: DepositAddress, wallet: Wallet, node: SandboxProcess, *, units: int
) -> ChainTransaction:
    """Return the signed transaction that moves TRX from a deposit address to a wallet."""
    facts = {"kind": TxKind.TRANSFER_TRX, "contract": "", "fee_limit_sun": 0}
    return sweep(deposit, wallet, node, units=units, **facts)


def sweeps_settle() -> None:
    """Book what became of sweeps, as whoever has ordered them does."""
    ended = ChainTransaction.objects.filter(
        purpose=Purpose.SWEEP, status__in=FINAL, settled_at=None
    )
    for tx in ended.order_by("pk"):
        with transaction.atomic():
            ledger.book([*_moved(tx), *_fee(tx)], at=utc_now())
            tx.settled_at = utc_now()
            tx.save(update_fields=["settled_at"])


def _moved(tx: ChainTransaction) -> list[ledger.Booking]:
    if tx.status != TxStatus.SUCCEEDED:
        return []
    asset = Asset.USDT if tx.kind == TxKind.TRANSFER else Asset.TRX
    source = ledger.other_account(Account.Kind.DEPOSITS, asset)
    funding = ledger.other_account(Account.Kind.FUNDING, asset)
    sides = ((source, -tx.amount_micro), (funding, tx.amount_micro))
    return [ledger.Booking("sweep", tx.txid, sides, tx.block_number)]


def _fee(tx: ChainTransaction) -> list[ledger.Booking]:
    if tx.status not in (TxStatus.SUCCEEDED, TxStatus.FAILED):
        return []
    payer = ledger.other_account(Account.Kind.DEPOSITS, Asset.TRX)
    return ledger.fee_bookings(tx, payer, ledger.other_account(Account.Kind.FEES, Asset.TRX))


def fuel(node: SandboxProcess, wallet: Wallet, deposit: DepositAddress, *, trx: int) -> Operation:
    """Let a wallet of ours send TRX to a deposit address, for what its sweep burns."""
    body = {"to_address": deposit.address, "amount_trx": trx}
    operation = done(node, operator().post(f"/tron/wallets/{wallet.public_id}/transfer-trx", body))
    assert operation.status == "confirmed"
    return operation


def book_all() -> None:
    """Settle the sweeps that are final, and book what moved."""
    sweeps_settle()
    while flows_book(now=utc_now()):
        pass


def follow(node: SandboxProcess) -> None:
    """Make everything solid, read it, settle sweeps and book."""
    solidify(node)
    read()
    book_all()
