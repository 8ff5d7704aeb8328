"""Judging a receipt: paid only if it proves so to the last unit, unpaid only if it proves that."""

from copy import deepcopy
from typing import Any

import pytest

from tests.tron.chain import Holder, row_of
from tests.tron.test_transactions import ALICE, transfer_of
from tron.address import address_parse
from tron.models import TxStatus
from tron.receipts import FAILURES, judge
from tron.transactions import sign
from tron.trc20 import TRANSFER_TOPIC, word_of_address

TRANSFER = transfer_of()
TX = row_of(sign(TRANSFER, Holder(ALICE)))
CONTRACT = address_parse(TRANSFER.contract).hex()
LOG = {
    "address": CONTRACT[2:],
    "topics": [
        TRANSFER_TOPIC,
        word_of_address(TRANSFER.sender).hex(),
        word_of_address(TRANSFER.recipient).hex(),
    ],
    "data": f"{TRANSFER.amount:064x}",
}
PAID: dict[str, Any] = {
    "id": TX.txid,
    "fee": 6_773_500,
    "blockNumber": 1_218,
    "blockTimeStamp": 1_760_000_030_000,
    # USDT answers false on success; it is never looked at.
    "contractResult": ["00" * 32],
    "contract_address": CONTRACT,
    "receipt": {"energy_fee": 6_428_500, "energy_usage_total": 64_285, "result": "SUCCESS"},
    "log": [LOG],
}


def changed(**fields: Any) -> dict[str, Any]:
    """Return the good receipt with other fields; ``None`` leaves one out."""
    receipt = {**deepcopy(PAID), **fields}
    return {name: value for name, value in receipt.items() if value is not None}


def with_result(result: str | None, /, **fields: Any) -> dict[str, Any]:
    """Return the good receipt with another result."""
    costs = {"energy_usage_total": 64_285} | ({"result": result} if result is not None else {})
    return changed(receipt=costs, **fields)


def log(**fields: Any) -> dict[str, Any]:
    """Return our log with other fields."""
    return {**LOG, **fields}


def word(address: str) -> str:
    """Return an address as logs have it."""
    return word_of_address(address).hex()


def test_success_with_exactly_our_transfer_is_paid() -> None:
    verdict = judge(PAID, TX)
    assert (verdict.status, verdict.result) == (TxStatus.SUCCEEDED, "SUCCESS")
    assert (verdict.fee_sun, verdict.energy_used) == (6_773_500, 64_285)


def test_energy_from_stake_costs_no_fee() -> None:
    assert judge(changed(fee=None), TX).fee_sun == 0


@pytest.mark.parametrize("result", sorted(FAILURES))
def test_a_named_failure_without_logs_is_unpaid(result: str) -> None:
    verdict = judge(with_result(result, log=None, fee=500, result="FAILED"), TX)
    assert (verdict.status, verdict.result, verdict.fee_sun) == (TxStatus.FAILED, result, 500)


UNCLEAR = {
    "no log": changed(log=None),
    "an empty list of logs": changed(log=[]),
    "twice": changed(log=[LOG, LOG]),
    "a log of another contract beside it": changed(log=[LOG, log(address="ab" * 20)]),
    "of another contract": changed(log=[log(address="ab" * 20)]),
    "one unit less": changed(log=[log(data=f"{TRANSFER.amount - 1:064x}")]),
    "one unit more": changed(log=[log(data=f"{TRANSFER.amount + 1:064x}")]),
    "another recipient": changed(
        log=[log(topics=[TRANSFER_TOPIC, LOG["topics"][1], word(TRANSFER.contract)])]
    ),
    "another sender": changed(
        log=[log(topics=[TRANSFER_TOPIC, word(TRANSFER.contract), LOG["topics"][2]])]
    ),
    "the other way round": changed(
        log=[log(topics=[TRANSFER_TOPIC, LOG["topics"][2], LOG["topics"][1]])]
    ),
    "another event": changed(log=[log(topics=["ab" * 32, *LOG["topics"][1:]])]),
    "a log nobody can read": changed(log=[log(data="")]),
    "a call of another contract": changed(contract_address="41" + "ab" * 20),
    "no contract": changed(contract_address=None),
    "a contract that is no address": changed(contract_address="xyz"),
    "no result": with_result(None),
    "no result and no log": with_result(None, log=None),
    "an unknown result": with_result("UNKNOWN", log=None),
    "the default result": with_result("DEFAULT", log=None),
    "a result of a later version": with_result("OUT_OF_LUCK", log=None),
    "success in small letters": with_result("success"),
    "a failure with our log": with_result("REVERT"),
    "a failure of another contract": with_result(
        "REVERT", log=None, contract_address="41" + "ab" * 20
    ),
    "no receipt in the receipt": changed(receipt=None),
    "nothing": {},
}


@pytest.mark.parametrize("receipt", UNCLEAR.values(), ids=UNCLEAR.keys())
def test_whatever_proves_neither_contradicts(receipt: dict[str, Any]) -> None:
    assert judge(receipt, TX).status == TxStatus.CONTRADICTED
