"""Unsigned transactions of the system's contracts, checked against the state."""

from collections.abc import Callable
from typing import Any

from tron.sandbox.actuators.registry import ACTUATORS
from tron.sandbox.build import transaction_build
from tron.sandbox.errors import BadRequest, ContractInvalid
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import hex_parse, payload_of
from tron.sandbox.json_out import transaction_json
from tron.sandbox.node import Node, View

VALIDATE_ERROR = "org.tron.core.exception.ContractValidateException"


def _builder(contract_type: str) -> Callable[[Node, View, Request], Any]:
    """Return the handler that builds one type of contract."""

    def build(node: Node, view: View, request: Request) -> Any:
        visible = request.visible
        payload = payload_of(contract_type, request.params, visible)
        memo = request.text("extra_data")
        message = transaction_build(
            node,
            contract_type,
            payload,
            permission_id=request.permission_id,
            memo=memo.encode() if visible else hex_parse(memo),
        )
        try:
            ACTUATORS[contract_type].check(view.state, payload, view.block.timestamp_ms)
        except ContractInvalid as refusal:
            raise BadRequest(refusal.reason, VALIDATE_ERROR) from refusal
        return {"visible": visible} | transaction_json(message, visible)

    return build


BUILDERS = {
    name: _builder(contract_type)
    for name, contract_type in {
        "createtransaction": "TransferContract",
        "createaccount": "AccountCreateContract",
        "accountpermissionupdate": "AccountPermissionUpdateContract",
        "freezebalancev2": "FreezeBalanceV2Contract",
        "unfreezebalancev2": "UnfreezeBalanceV2Contract",
        "withdrawexpireunfreeze": "WithdrawExpireUnfreezeContract",
        "cancelallunfreezev2": "CancelAllUnfreezeV2Contract",
        "delegateresource": "DelegateResourceContract",
        "undelegateresource": "UnDelegateResourceContract",
        "votewitnessaccount": "VoteWitnessContract",
        "withdrawbalance": "WithdrawBalanceContract",
    }.items()
}
