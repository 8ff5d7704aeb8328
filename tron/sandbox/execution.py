"""Executing one transaction on a state: fees first, then the contract.

Source of the order: java-tron ``Manager.processTransaction``.
"""

from tron.sandbox import parameters as p
from tron.sandbox import resources
from tron.sandbox.actuators.registry import ACTUATORS
from tron.sandbox.errors import ContractInvalid
from tron.sandbox.genesis import USDT_ADDRESS
from tron.sandbox.receipts import REVERT_TEXT, Receipt, energy_penalty
from tron.sandbox.state import State
from tron.sandbox.transactions import SignedTransaction
from tron.sandbox.vm import tether

OUT_OF_ENERGY_TEXT = "Not enough energy for 'SSTORE' operation executing"


def transaction_execute(
    state: State, tx: SignedTransaction, now_ms: int, magic: str = ""
) -> Receipt:
    """Execute on ``state`` and return the receipt; ``now_ms`` is the head block's time.

    ``magic`` "revert" or "out_of_energy" makes a contract call fail that way.

    Raises ``Refused`` where a node would not admit the transaction; then ``state`` may hold part
    of its effects and must be dropped. A contract call that reverts or runs out of energy is not
    refused: it is packed and its fees are burned.
    """
    receipt = Receipt()
    creates = _creates_account(state, tx)
    resources.bandwidth_pay(state, tx, receipt, now_ms=now_ms, creates=creates)
    resources.extras_pay(state, tx, receipt)
    if tx.contract_type == "TriggerSmartContract":
        _contract_call(state, tx, receipt, now_ms, magic)
        return receipt
    actuator = ACTUATORS.get(tx.contract_type)
    if actuator is None:
        raise ContractInvalid(f"this sandbox does not run {tx.contract_type} yet")
    actuator.check(state, tx.payload, now_ms)
    actuator.apply(state, tx.payload, receipt, now_ms)
    return receipt


def _creates_account(state: State, tx: SignedTransaction) -> bool:
    """Say whether the transaction activates an account (``contractCreateNewAccount``)."""
    if tx.contract_type == "TransferContract":
        return state.account(tx.payload.to_address) is None
    return tx.contract_type == "AccountCreateContract"


def call_check(tx: SignedTransaction) -> None:
    """Check what the VM checks before it starts (java-tron ``VMActuator.call``)."""
    if tx.payload.contract_address != USDT_ADDRESS:
        raise ContractInvalid("No contract or not a valid smart contract")
    if not 0 <= tx.raw.fee_limit <= p.FEE_LIMIT_MAX_SUN:
        raise ContractInvalid(f"feeLimit must be >= 0 and <= {p.FEE_LIMIT_MAX_SUN}")


def _contract_call(
    state: State, tx: SignedTransaction, receipt: Receipt, now_ms: int, magic: str
) -> None:
    call_check(tx)
    receipt.contract_address = tx.payload.contract_address
    energy_max = resources.energy_available(state, tx.owner, tx.raw.fee_limit, now_ms)
    call = tether.Call(state.child(), USDT_ADDRESS[1:], tx.owner[1:])
    try:
        # None of its functions is payable.
        tether.require(not (tx.payload.call_value or tx.payload.call_token_value))
        tether.require(magic != "revert")
        output = tether.call_run(call, tx.payload.data)
    except tether.Reverted:
        _fail(receipt, "REVERT", REVERT_TEXT)
    else:
        receipt.output, receipt.logs = output, call.logs
    if call.energy > energy_max or magic == "out_of_energy":
        call.energy = energy_max
        _fail(receipt, "OUT_OF_ENERGY", OUT_OF_ENERGY_TEXT)
    if not receipt.failure:
        call.state.merge()
    resources.energy_pay(state, tx.owner, call.energy, receipt, now_ms)
    receipt.energy_penalty = energy_penalty(call.energy, tether.energy_factor(state))


def _fail(receipt: Receipt, contract_ret: str, text: str) -> None:
    receipt.contract_ret, receipt.failure = contract_ret, text
    receipt.output, receipt.logs = b"", []
