"""Money that moved to or from watched addresses in a solid block.

What is decoded: Transfer logs of USDT, transfers of TRX, burned fees, TRX sent along with and
inside of contract calls, and TRX that staking takes and gives back. Whatever else moves money,
the reconciliation of the books with the chain finds.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tron.address import InvalidAddress, address_from_body, address_parse, address_text
from tron.blocks import NUMBER_MAX, Block
from tron.errors import OutcomeUnknown
from tron.models import ChainFlow, WatchedAddress
from tron.networks import network
from tron.trc20 import transfer_bodies

USDT, TRX = "USDT", "TRX"
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


class Move(NamedTuple):
    """One movement, addresses in hex (41…); an empty one is the network itself."""

    log_index: int
    sender: str
    recipient: str
    units: int


def flows_of(block: Block, receipts: list[dict[str, Any]]) -> list[ChainFlow]:
    """Return the flows of this block that touch an address watched at its height.

    Flows of nothing are left out: anybody can write a Transfer log of 0 from any address, and
    swindlers do. Raises ``OutcomeUnknown`` when a movement cannot be read.
    """
    if not receipts:
        return []
    watched = set(
        WatchedAddress.objects.filter(from_block__lte=block.number).values_list(
            "address", flat=True
        )
    )
    if not watched:
        return []
    return [*_usdt_flows(block, receipts, watched), *_trx_flows(block, receipts, watched)]


def _usdt_flows(
    block: Block, receipts: list[dict[str, Any]], watched: set[str]
) -> Iterator[ChainFlow]:
    contract = address_parse(network().usdt_contract)[1:].hex()
    bodies = {address_parse(address)[1:] for address in watched}
    for receipt in receipts:
        for index, (sender, recipient, units) in enumerate(transfer_bodies(receipt, contract)):
            if units and (sender in bodies or recipient in bodies):
                texts = address_from_body(sender), address_from_body(recipient)
                yield _flow(block, receipt["id"], index, USDT, *texts, units)


def _trx_flows(
    block: Block, receipts: list[dict[str, Any]], watched: set[str]
) -> Iterator[ChainFlow]:
    """Yield the movements of TRX. Compared in hex: a busy block has hundreds of strangers."""
    watched_hex = {address_parse(address).hex() for address in watched}
    by_txid = {receipt["id"]: receipt for receipt in receipts}
    for transaction in block.transactions:
        txid = transaction["txID"]
        try:
            moves = list(_moves(transaction, by_txid[txid]))
            for move in moves:
                if move.units and {move.sender, move.recipient} & watched_hex:
                    sender, recipient = _text(move.sender), _text(move.recipient)
                    yield _flow(block, txid, move.log_index, TRX, sender, recipient, move.units)
        except (LookupError, TypeError, ValueError, AttributeError, InvalidAddress) as error:
            raise OutcomeUnknown(f"block {block.number}: {txid} is malformed") from error


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


def _flow(
    block: Block, txid: str, index: int, asset: str, sender: str, recipient: str, units: int
) -> ChainFlow:
    if not 0 <= units < NUMBER_MAX:
        raise OutcomeUnknown(f"block {block.number}: {txid} moves {units} units")
    return ChainFlow(
        txid=txid,
        log_index=index,
        asset=asset,
        sender=sender,
        recipient=recipient,
        units=units,
        block_number=block.number,
        block_time_ms=block.time_ms,
    )
