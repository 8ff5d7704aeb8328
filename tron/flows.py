"""Money that moved to or from watched addresses in a solid block."""

from collections.abc import Iterator
from typing import Any

from tron.address import address_text
from tron.blocks import Block
from tron.errors import OutcomeUnknown
from tron.models import ChainFlow, WatchedAddress
from tron.networks import network
from tron.trc20 import transfer_logs

USDT, TRX = "USDT", "TRX"
TRX_LOG_INDEX = -1


def flows_of(block: Block, receipts: list[dict[str, Any]]) -> list[ChainFlow]:
    """Return the flows of this block that touch an address watched at its height."""
    if not receipts:
        return []
    watched = set(
        WatchedAddress.objects.filter(from_block__lte=block.number).values_list(
            "address", flat=True
        )
    )
    found = [*_usdt_flows(block, receipts), *_trx_flows(block)]
    return [flow for flow in found if flow.sender in watched or flow.recipient in watched]


def _usdt_flows(block: Block, receipts: list[dict[str, Any]]) -> Iterator[ChainFlow]:
    contract = network().usdt_contract
    for receipt in receipts:
        for index, log in enumerate(transfer_logs(receipt, contract)):
            yield _flow(block, receipt["id"], index, USDT, log.sender, log.recipient, log.amount)


def _trx_flows(block: Block) -> Iterator[ChainFlow]:
    """Yield transfers of TRX; being a system contract, inclusion is success."""
    for transaction in block.transactions:
        txid = transaction["txID"]
        try:
            contract = transaction["raw_data"]["contract"][0]
            if contract["type"] != "TransferContract":
                continue
            value = contract["parameter"]["value"]
            sender = address_text(bytes.fromhex(value["owner_address"]))
            recipient = address_text(bytes.fromhex(value["to_address"]))
            units = int(value["amount"])
        except (LookupError, TypeError, ValueError) as error:
            raise OutcomeUnknown(f"block {block.number}: {txid} is malformed") from error
        yield _flow(block, txid, TRX_LOG_INDEX, TRX, sender, recipient, units)


def _flow(
    block: Block, txid: str, index: int, asset: str, sender: str, recipient: str, units: int
) -> ChainFlow:
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
