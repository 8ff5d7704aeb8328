"""What a node tells about itself and the network."""

from typing import Any

from tron.sandbox import parameters as p
from tron.sandbox.actuators.votes import VOTES
from tron.sandbox.blocks import Block
from tron.sandbox.genesis import WITNESS_COUNT, WITNESSES
from tron.sandbox.http.request import Request
from tron.sandbox.json_out import address_json, bytes_text
from tron.sandbox.node import Node, View
from tron.sandbox.resources import BURNED

CODE_VERSION = "4.8.0"  # the node whose behaviour this sandbox follows


def _block_text(block: Block) -> str:
    return f"Num:{block.number},ID:{block.id.hex()}"


def node_info(node: Node, view: View, request: Request) -> Any:
    """``getnodeinfo``: tronpy reads ``solidityBlock``, TronWeb ``configNodeInfo.codeVersion``."""
    return {
        "beginSyncNum": node.line.solid.number,
        "block": _block_text(node.line.head),
        "solidityBlock": _block_text(node.line.solid),
        "currentConnectCount": node.look.peers,
        "activeConnectCount": node.look.peers,
        "passiveConnectCount": 0,
        "totalFlow": 0,
        "peerList": [],
        "configNodeInfo": {"codeVersion": CODE_VERSION, "versionName": "lucidpay-sandbox"},
        "machineInfo": {},
        "cheatWitnessInfoMap": {},
    }


def chain_parameters(node: Node, view: View, request: Request) -> Any:
    """``getchainparameters``."""
    return {"chainParameter": p.chain_parameters()}


def energy_prices(node: Node, view: View, request: Request) -> Any:
    """``getenergyprices``: ``time:sun`` pairs; here one since the beginning."""
    return {"prices": f"0:{p.ENERGY_FEE_SUN}"}


def bandwidth_prices(node: Node, view: View, request: Request) -> Any:
    """``getbandwidthprices``."""
    return {"prices": f"0:{p.BANDWIDTH_FEE_SUN}"}


def memo_prices(node: Node, view: View, request: Request) -> Any:
    """``getmemofee``."""
    return {"prices": f"0:{p.MEMO_FEE_SUN}"}


def burned(node: Node, view: View, request: Request) -> Any:
    """``getburntrx``: all TRX ever burned, in sun."""
    return {"burnTrxAmount": view.state.get(BURNED, 0)}


def nodes(node: Node, view: View, request: Request) -> Any:
    """``listnodes``: the neighbours; hex even if visible."""
    address = {"host": b"127.0.0.1".hex(), "port": 18888}
    peers = [{"address": address} for _ in range(node.look.peers)]
    return {"nodes": peers} if peers else {}


def witnesses(node: Node, view: View, request: Request) -> Any:
    """``listwitnesses``: 27 who take turns; ``visible`` is read from the query only."""
    visible = request.visible_query
    return {"witnesses": [_witness_json(view, index, visible) for index in range(WITNESS_COUNT)]}


def _witness_json(view: View, index: int, visible: bool) -> dict[str, Any]:
    number = view.block.number - (view.block.number - index) % WITNESS_COUNT
    latest = {"latestBlockNum": number, "latestSlotNum": number} if number > 0 else {}
    return {
        "address": address_json(WITNESSES[index], visible),
        "voteCount": 1_000_000_000 - index + view.state.get(VOTES + WITNESSES[index], 0),
        "url": bytes_text(f"sandbox witness {index}".encode(), visible),
        "isJobs": True,
    } | latest


def next_maintenance(node: Node, view: View, request: Request) -> Any:
    """``getnextmaintenancetime``: every six hours of chain time, or as the node was started."""
    every_ms = node.line.clock.maintenance_ms or p.MAINTENANCE_MS
    return {"num": (view.block.timestamp_ms // every_ms + 1) * every_ms}
