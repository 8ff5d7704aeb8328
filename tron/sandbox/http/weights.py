"""Who may sign a transaction and who has.

Source: java-tron ``TransactionUtil.getTransactionSignWeight``.
"""

from typing import Any

from tron.sandbox.errors import ContractInvalid
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import transaction_of_json
from tron.sandbox.json_out import address_json, transaction_json
from tron.sandbox.node import Node, View
from tron.sandbox.records import Permission
from tron.sandbox.signatures import (
    NotPermitted,
    SignatureUnreadable,
    permission_find,
    signer_of,
    weight_sum,
)
from tron.sandbox.transactions import SignedTransaction, transaction_open, txid_of


def permission_json(permission: Permission, visible: bool) -> dict[str, Any]:
    """Return a permission; type and id of the owner's are defaults and left out."""
    answer: dict[str, Any] = {}
    if permission.id:
        answer |= {"type": "Active" if permission.id > 1 else "Witness", "id": permission.id}
    answer |= {"permission_name": permission.name, "threshold": permission.threshold}
    if permission.operations:
        answer["operations"] = permission.operations.hex()
    answer["keys"] = [
        {"address": address_json(address, visible), "weight": weight}
        for address, weight in permission.keys
    ]
    return answer


def _extension(message: Any, visible: bool) -> dict[str, Any]:
    return {
        "result": {"result": True},
        "txid": txid_of(message.raw_data).hex(),
        "transaction": transaction_json(message, visible),
    }


def sign_weight(node: Node, view: View, request: Request) -> Any:
    """``getsignweight``: the permission, the signers so far and whether they suffice."""
    message = transaction_of_json(request.params, request.visible)
    answer: dict[str, Any] = {"transaction": _extension(message, request.visible)}
    try:
        tx = transaction_open(message)
        answer |= _weighed(view, tx, request.visible)
    except ContractInvalid as refusal:
        answer["result"] = {"code": "OTHER_ERROR", "message": refusal.reason}
    except NotPermitted as error:
        answer["result"] = {"code": "PERMISSION_ERROR", "message": str(error)}
    except SignatureUnreadable as error:
        answer["result"] = {"code": "SIGNATURE_FORMAT_ERROR", "message": str(error)}
    return answer


def _weighed(view: View, tx: SignedTransaction, visible: bool) -> dict[str, Any]:
    account = view.state.account(tx.owner)
    if account is None:
        raise NotPermitted("Account does not exist!")
    permission = permission_find(tx.owner, account, tx.permission_id, tx.contract_type)
    weight, signers = weight_sum(permission, tx.message.signature, tx.txid)
    enough = weight >= permission.threshold
    answer: dict[str, Any] = {
        "permission": permission_json(permission, visible),
        "result": {} if enough else {"code": "NOT_ENOUGH_PERMISSION"},
    }
    if signers:
        answer["approved_list"] = [address_json(signer, visible) for signer in signers]
        answer["current_weight"] = weight
    return answer


def approved_list(node: Node, view: View, request: Request) -> Any:
    """``getapprovedlist``: the addresses whose signatures these are."""
    message = transaction_of_json(request.params, request.visible)
    answer: dict[str, Any] = {"transaction": _extension(message, request.visible), "result": {}}
    digest = txid_of(message.raw_data)
    try:
        signers = [signer_of(signature, digest) for signature in message.signature]
    except SignatureUnreadable as error:
        return answer | {"result": {"code": "SIGNATURE_FORMAT_ERROR", "message": str(error)}}
    if signers:
        answer["approved_list"] = [address_json(signer, request.visible) for signer in signers]
    return answer
