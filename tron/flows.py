"""Money that moved to or from watched addresses, or between a watched pair, in a solid block.

What is decoded: Transfer logs of USDT, transfers of TRX, burned fees, TRX sent along with and
inside of contract calls, and TRX that staking takes and gives back. Whatever else moves money,
the reconciliation of the books with the chain finds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lucidpay.sql import ask
from tron.address import PREFIX, InvalidAddress, address_parse, address_text
from tron.blocks import NUMBER_MAX, Block
from tron.errors import OutcomeUnknown
from tron.models import ChainFlow
from tron.networks import network
from tron.trc20 import transfer_bodies

USDT, TRX = "USDT", "TRX"
ADDRESS_BYTES = 21
# Places in a transaction that are no Transfer log; those count from 0 up.
TRX_LOG_INDEX = -1
FEE_LOG_INDEX = -2
CALL_VALUE_LOG_INDEX = -3
STAKE_LOG_INDEX = -4
WITHDRAW_LOG_INDEX = -5
INTERNAL_LOG_INDEX = -100  # and downwards: each movement inside a contract call

# Contracts that take TRX out of the balance, with the field of the amount.
STAKES = {"FreezeBalanceV2Contract": "frozen_balance", "FreezeBalanceContract": "frozen_balance"}
# What receipts say was paid back into the balance (java-tron TransactionInfo).
WITHDRAWALS = ("withdraw_amount", "withdraw_expire_amount", "unfreeze_amount")
OWNER_FIELDS = ("owner_address", "transparent_from_address")


# A block with the receipts of its transactions.
Read = tuple[Block, list[dict[str, Any]]]
# Bodies travel as one text in hex: an array of them would take longer than all the rest.
WATCHED = """
SELECT body, NULL::bytea, from_block FROM tron_watchedaddress
 WHERE body = ANY(ARRAY(
       SELECT decode(one, 'hex') FROM unnest(string_to_array(%(bodies)s::text, ' ')) AS one))
UNION ALL
SELECT pair.sender_body, pair.recipient_body, pair.from_block
  FROM unnest(string_to_array(%(senders)s::text, ' '), string_to_array(%(recipients)s::text, ' '))
       AS met (sender, recipient)
  JOIN tron_watchedpair AS pair ON pair.sender_body = decode(met.sender, 'hex')
       AND pair.recipient_body = decode(met.recipient, 'hex')
"""


class Move(NamedTuple):
    """One movement, addresses in hex (41…); an empty one is the network itself."""

    log_index: int
    sender: str
    recipient: str
    units: int


class Met(NamedTuple):
    """A movement where it was met, whoever's it is, and whom by the bodies of their addresses."""

    block: Block
    txid: str
    asset: str
    move: Move
    sender: bytes
    recipient: bytes


@dataclass(frozen=True)
class Watched:
    """From which block on the addresses and pairs are watched that are met here."""

    addresses: dict[bytes, int]
    pairs: dict[tuple[bytes, bytes], int]

    def has(self, met: Met) -> bool:
        """Return whether this movement is to be recorded."""
        number = met.block.number
        if any(
            self.addresses.get(one, NUMBER_MAX) <= number for one in (met.sender, met.recipient)
        ):
            return True
        pair = (met.sender, met.recipient)
        return met.asset == USDT and self.pairs.get(pair, NUMBER_MAX) <= number


def flows_of(run: Sequence[Read]) -> list[ChainFlow]:
    """Return the flows of these blocks that touch an address watched at their height.

    And the USDT flows of watched pairs. One statement for all, which looks up only who is met
    here: it costs by what the blocks hold, however many are watched. Flows of nothing are left
    out: anybody can write a Transfer log of 0 from any address, and swindlers do. Raises
    ``OutcomeUnknown`` when a movement cannot be read.
    """
    met = met_in(run)
    if not met:
        return []
    watched = _watched(met)
    return [_flow(one) for one in met if watched.has(one)]


def met_in(run: Sequence[Read]) -> list[Met]:
    """Return all movements of something in these blocks, whoever's they are.

    Raises ``OutcomeUnknown`` when one cannot be read.
    """
    return [
        one
        for block, receipts in run
        if receipts
        for one in (*_usdt_met(block, receipts), *_trx_met(block, receipts))
        if one.move.units
    ]


def _watched(met: list[Met]) -> Watched:
    bodies = {one.sender for one in met} | {one.recipient for one in met}
    pairs = {(one.sender, one.recipient) for one in met if one.asset == USDT}
    facts = {
        "bodies": " ".join(one.hex() for one in bodies),
        "senders": " ".join(sender.hex() for sender, _ in pairs),
        "recipients": " ".join(recipient.hex() for _, recipient in pairs),
    }
    rows = ask(WATCHED, facts, keeps_plan=False)
    return Watched(
        {bytes(first): since for first, second, since in rows if second is None},
        {(bytes(first), bytes(second)): since for first, second, since in rows if second},
    )


def _usdt_met(block: Block, receipts: list[dict[str, Any]]) -> Iterator[Met]:
    contract = address_parse(network().usdt_contract)[1:].hex()
    for receipt in receipts:
        for index, (sender, recipient, units) in enumerate(transfer_bodies(receipt, contract)):
            ends = (PREFIX + sender).hex(), (PREFIX + recipient).hex()
            yield Met(block, receipt["id"], USDT, Move(index, *ends, units), sender, recipient)


def _trx_met(block: Block, receipts: list[dict[str, Any]]) -> Iterator[Met]:
    """Yield the movements of TRX."""
    by_txid = {receipt["id"]: receipt for receipt in receipts}
    for transaction in block.transactions:
        txid = transaction["txID"]
        try:
            for move in _moves(transaction, by_txid[txid]):
                yield Met(block, txid, TRX, move, _body(move.sender), _body(move.recipient))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise _malformed(block, txid) from error


def _body(address_hex: str) -> bytes:
    """Return the 20 bytes of an address, none for the network and for what is no address.

    A stranger's may be anything; nobody watches it. One beside an address of ours is read again.
    """
    raw = bytes.fromhex(address_hex)
    return raw[1:] if len(raw) == ADDRESS_BYTES and raw[:1] == PREFIX else b""


def _malformed(block: Block, txid: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"block {block.number}: {txid} is malformed")


def _moves(transaction: dict[str, Any], receipt: dict[str, Any]) -> Iterator[Move]:
    contract = transaction["raw_data"]["contract"][0]
    kind, value = contract["type"], contract["parameter"]["value"]
    owner = next((value[name] for name in OWNER_FIELDS if name in value), "")
    yield Move(FEE_LOG_INDEX, owner, "", int(receipt.get("fee", 0)))
    if kind == "TransferContract":
        # Being a system contract, inclusion is success.
        yield Move(TRX_LOG_INDEX, owner, value["to_address"], int(value["amount"]))
    elif kind in ("TriggerSmartContract", "CreateSmartContract"):
        yield from _call_moves(owner, value, receipt)
    elif kind in STAKES:
        yield Move(STAKE_LOG_INDEX, owner, "", int(value.get(STAKES[kind], 0)))
    back = sum(int(receipt.get(name, 0)) for name in WITHDRAWALS)
    yield Move(WITHDRAW_LOG_INDEX, "", owner, back)


def _call_moves(owner: str, value: dict[str, Any], receipt: dict[str, Any]) -> Iterator[Move]:
    """Yield what a call that succeeded has moved; one that failed has moved nothing."""
    if receipt.get("receipt", {}).get("result") != "SUCCESS":
        return
    contract = receipt.get("contract_address", "")
    sent = value.get("call_value") or value.get("new_contract", {}).get("call_value", 0)
    yield Move(CALL_VALUE_LOG_INDEX, owner, contract, int(sent))
    index = INTERNAL_LOG_INDEX
    for internal in receipt.get("internal_transactions", []):
        for part in internal.get("callValueInfo", []):
            giver = internal.get("caller_address", "")
            taker = internal.get("transferTo_address", "")
            if "tokenId" not in part and not internal.get("rejected", False) and giver != taker:
                yield Move(index, giver, taker, int(part.get("callValue", 0)))
            index -= 1


def _text(address_hex: str) -> str:
    return address_text(bytes.fromhex(address_hex)) if address_hex else ""


def _flow(met: Met) -> ChainFlow:
    block, move = met.block, met.move
    if not 0 <= move.units < NUMBER_MAX:
        raise OutcomeUnknown(f"block {block.number}: {met.txid} moves {move.units} units")
    try:
        sender, recipient = _text(move.sender), _text(move.recipient)
    except InvalidAddress as error:
        raise _malformed(block, met.txid) from error
    return ChainFlow(
        txid=met.txid,
        log_index=move.log_index,
        asset=met.asset,
        sender=sender,
        recipient=recipient,
        units=move.units,
        block_number=block.number,
        block_time_ms=block.time_ms,
    )
