"""The story of a deposit address and of what was moved from there, in text for a terminal."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from access.console import amount_text, key_of, time_text
from gateway.models_sweep import Sweep
from gateway.policy.sweeping import lying_at
from tron.models import ChainTransaction, Purpose
from tron.words import TXID_LENGTH, end_in_words
from wallets.kinds import Asset
from wallets.models_deposit import DepositAddress

WIDTH = 80
LISTED_MAX = 20


def sweeps_explained(term: str, *, now: datetime) -> list[str]:
    """Return what is known of the id of a sweep, its txid, or a deposit address.

    At 80 columns; nothing when it is none of these.
    """
    term = term.strip()
    for knows in (_sweep, _txid, _address):
        if (lines := list(knows(term, now))) != []:
            return lines
    return []


def _sweep(term: str, now: datetime) -> Iterator[str]:
    rows = Sweep.objects.select_related("address", "wallet", "funding", "transaction")
    key = key_of(term) if term.startswith("sweep_") else None
    sweep = rows.defer("wallet__sealed_key").filter(pk=key).first() if key else None
    if sweep is not None:
        yield from _story(sweep, now)


def _txid(term: str, now: datetime) -> Iterator[str]:
    if len(term) != TXID_LENGTH:
        return
    tx = ChainTransaction.objects.filter(txid=term.lower(), purpose=Purpose.SWEEP).first()
    if tx is not None:
        yield from _wrapped(f"Transaction {tx.txid} moves money from a deposit address.")
        yield ""
        yield from _sweep(f"sweep_{tx.subject.hex}", now)


def _address(term: str, now: datetime) -> Iterator[str]:
    address = DepositAddress.objects.filter(address=term).first()
    if address is None:
        return
    lying = lying_at([address])[address.pk]
    yield from _wrapped(f"Deposit address {address}")
    yield from _fact("lying there", amount_text(lying.usdt_micro, Asset.USDT))
    yield from _fact("", amount_text(lying.trx_sun, Asset.TRX))
    for sweep in Sweep.objects.filter(address=address).order_by("-pk")[:LISTED_MAX]:
        amount = amount_text(sweep.units, sweep.asset)
        yield f"  {sweep.public_id}  {sweep.status:<7} {amount:>20}"


def _story(sweep: Sweep, now: datetime) -> Iterator[str]:
    tx, funding = sweep.transaction, sweep.funding
    yield f"{sweep.public_id}: {sweep.status.upper()}"
    yield from _fact("amount", amount_text(sweep.units, sweep.asset))
    yield from _fact("from", f"{sweep.address} (deposit address)")
    yield from _fact("to", f"{sweep.wallet.address} ({sweep.wallet.name})")
    yield from _fact("wanted", time_text(sweep.created_at))
    if sweep.wait_reason:
        yield from _fact("reason", sweep.wait_reason)
    if sweep.cost_sun:
        yield from _fact("costs", f"about {amount_text(sweep.cost_sun, Asset.TRX)}")
    if funding is not None:
        given = f"{amount_text(funding.amount_micro, Asset.TRX)} by {funding.public_id}"
        yield from _fact("was given", f"{given}, {funding.get_kind_display()}, {funding.status}")
    if tx is not None:
        yield from _fact("txid", tx.txid)
        if tx.fee_sun is not None:
            yield from _fact("burned", amount_text(tx.fee_sun, Asset.TRX))
        yield from _fact("means", end_in_words(tx, now=now))
    if sweep.ended_at:
        yield from _fact("ended", time_text(sweep.ended_at))


def _fact(name: str, value: Any) -> Iterator[str]:
    head = f"  {name:<12} "
    yield from textwrap.wrap(
        str(value), WIDTH, initial_indent=head, subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )  # fmt: skip


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False)
