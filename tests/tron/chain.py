"""Transfers on the test's chain: built, signed and stored as the platform does it."""

import itertools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from coincurve import PrivateKey

from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tron.address import address_of_public_key
from tron.agree import blocks_agree
from tron.models import ChainTransaction, ScanCursor
from tron.node import Node, ask, open_node
from tron.nodes import open_nodes
from tron.sandbox.genesis import USDT_CONTRACT
from tron.scan import scan_solid
from tron.transactions import Draft, Signed, sign
from tron.trc20 import word_of_address

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
AMOUNT = 12_345_678
FEE_LIMIT_SUN = 30_000_000
VALID_MS = 120_000
SOLID_LAG = 18
_timestamps = itertools.count(1_760_000_000_000)


@dataclass(frozen=True)
class Holder:
    """Who signs for a person."""

    person: Person

    @property
    def address(self) -> str:
        """The person's address."""
        return self.person.address

    def sign(self, digest: bytes) -> bytes:
        """Sign 32 bytes."""
        return self.person.key.sign_recoverable(digest, hasher=None)


def somebody() -> str:
    """Return an address the chain has never seen."""
    return address_of_public_key(PrivateKey().public_key)


def transfer(node: SandboxProcess, sender: Person, **fields: Any) -> Draft:
    """Return a transfer that refers to the solid block; ``fields`` are those of ``Draft``."""
    state = node.state()
    given = {
        "sender": sender.address,
        "recipient": somebody(),
        "contract": USDT_CONTRACT,
        "amount": AMOUNT,
        "fee_limit_sun": FEE_LIMIT_SUN,
        "ref_block_id": state["solid"]["id"],
        "expiration_ms": state["head_time_ms"] + VALID_MS,
        "timestamp_ms": next(_timestamps),
    }
    return Draft(**{**given, **fields})


def signed(node: SandboxProcess, sender: Person, **fields: Any) -> Signed:
    """Return a signed transfer."""
    return sign(transfer(node, sender, **fields), Holder(sender))


def row_of(one: Signed, **fields: Any) -> ChainTransaction:
    """Return the row of a signed transfer, due now; ``fields`` falsify it."""
    given = {
        "txid": one.txid,
        "kind": one.draft.kind,
        "memo": one.draft.memo,
        "terms": one.draft.terms,
        "permission": one.draft.quorum.as_json() if one.draft.quorum else None,
        "subject": uuid4(),
        "sender": one.draft.sender,
        "recipient": one.draft.recipient,
        "contract": one.draft.contract,
        "amount_micro": one.draft.amount,
        "fee_limit_sun": one.draft.fee_limit_sun,
        "ref_block_number": int(one.draft.ref_block_id[:16], 16),
        "ref_block_id": one.draft.ref_block_id,
        "expiration_ms": one.draft.expiration_ms,
        "timestamp_ms": one.draft.timestamp_ms,
        "signed_hex": one.signed_hex,
        "next_send_at": NOW,
        "created_at": NOW,
    }
    return ChainTransaction(**{**given, **fields})


def stored(node: SandboxProcess, sender: Person, **fields: Any) -> ChainTransaction:
    """Return a transaction as the signer leaves it: committed, due, never sent."""
    row = row_of(signed(node, sender, **fields))
    row.save()
    return row


def falsified(one: Signed, **fields: Any) -> Signed:
    """Return the same bytes kept for a transfer that differs."""
    return replace(one, draft=replace(one.draft, **fields))


def asked(question: Callable[[Node], Coroutine[Any, Any, Any]]) -> Any:
    """Ask the configured node, its genesis checked."""

    async def conversation() -> Any:
        async with open_node() as node:
            return await question(node)

    return ask(conversation())


def read(question: Callable[[Node], Coroutine[Any, Any, Any]]) -> Any:
    """Ask the configured nodes, one after the other until one answers."""

    async def conversation() -> Any:
        async with open_nodes() as nodes:
            return await nodes.read(question)

    return ask(conversation())


def scan_all(*, now: datetime = LATER) -> None:
    """Scan until nothing is waiting, and draw the conclusions."""
    while True:
        unread = scan_solid(now=now)
        if not blocks_agree(now=now) and not unread:
            return


def solidify(node: SandboxProcess) -> None:
    """Let what is pending into a block and make that block solid, then read it."""
    node.mine(1 + SOLID_LAG)
    scan_all()


def send(node: SandboxProcess, row: ChainTransaction) -> None:
    """Let the node take the stored bytes, by nobody's hand but the test's."""
    answer = node.post("/wallet/broadcasthex", transaction=row.signed_hex)
    assert answer["code"] == "SUCCESS", answer


def usdt_received(node: SandboxProcess, address: str) -> int:
    """Return the USDT an address owns at the head."""
    listed = node.post(
        "/wallet/triggerconstantcontract",
        owner_address=address,
        contract_address=USDT_CONTRACT,
        function_selector="balanceOf(address)",
        parameter=word_of_address(address).hex(),
        visible=True,
    )
    return int(listed["constant_result"][0], 16)


def reloaded(row: ChainTransaction) -> ChainTransaction:
    """Return the row as the database has it now."""
    return ChainTransaction.objects.get(pk=row.pk)


def cursor() -> ScanCursor:
    """Return the scanner's place."""
    return ScanCursor.objects.get()
