"""Bytes of transactions, and what nodes answer: read, or refused by the documented error."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.profile import fuzzed
from tests.fuzz.twisting import twisted
from tests.tron.chain import Holder
from tests.tron.test_blocks import TX as HELD
from tests.tron.test_blocks import told
from tests.tron.test_receipts import CONTRACT, LOG, PAID, TX
from tests.tron.test_transactions import ALICE, transfer_of, transfers
from tron.account import _account
from tron.address import address_parse
from tron.blocks import block_of, header_of, reading
from tron.errors import OutcomeUnknown
from tron.grid import _trx, _usdt
from tron.models import TxStatus
from tron.receipts import FAILURES, judge
from tron.transactions import (
    Draft,
    NotThisTransaction,
    SignatureRefused,
    Signed,
    sign,
    unsigned,
    verify,
    with_signature,
)  # fmt: skip
from tron.trc20 import MalformedCall, transfer_logs

SIGNED = sign(transfer_of(), Holder(ALICE))
RAW = bytes.fromhex(SIGNED.signed_hex)
BLOCK = told(transactions=[HELD])
KEY = {"address": address_parse(ALICE.address).hex(), "weight": 1}
ACCOUNT: dict[str, Any] = {
    "address": address_parse(ALICE.address).hex(),
    "balance": 5, "allowance": 1, "latest_withdraw_time": 1_700_000_000_000,
    "account_resource": {"delegated_frozenV2_balance_for_energy": 3},
    "frozenV2": [{"amount": 7}, {"type": "ENERGY", "amount": 9}],
    "unfrozenV2": [
        {"type": "ENERGY", "unfreeze_amount": 2, "unfreeze_expire_time": 1_700_000_000_000}
    ],
    "votes": [{"vote_address": address_parse(ALICE.address).hex(), "vote_count": 1}],
    "owner_permission": {"permission_name": "owner", "threshold": 1, "keys": [KEY]},
    "active_permission": [{"id": 2, "permission_name": "active", "threshold": 1,
                           "operations": "7f" + "00" * 31, "keys": [KEY]}],
}  # fmt: skip
USDT_ROW = {
    "transaction_id": "ab" * 32, "block_timestamp": 1_700_000_000_000, "value": "5",
    "from": ALICE.address, "to": ALICE.address, "type": "Transfer",
    "token_info": {"address": ALICE.address},
}  # fmt: skip
TRX_ROW = {
    "txID": "ab" * 32, "block_timestamp": 1_700_000_000_000, "blockNumber": 5,
    "ret": [{"contractRet": "SUCCESS"}],
    "raw_data": {"contract": [{"type": "TransferContract", "parameter": {"value": {
        "owner_address": KEY["address"], "to_address": KEY["address"], "amount": 5}}}]},
}  # fmt: skip


@fuzzed
@given(transfers)
def test_what_was_built_is_read_again(draft: Draft) -> None:
    built = unsigned(draft)
    with pytest.raises(NotThisTransaction, match="not signed"):
        verify(built)


@fuzzed
@given(st.binary(max_size=400) | st.just(b""), st.integers(0, len(RAW)), st.integers(0, 3))
def test_no_other_bytes_are_this_transaction(junk: bytes, at: int, how: int) -> None:
    other = (junk, RAW[:at], RAW + junk, RAW[:at] + junk + RAW[at:])[how]
    if other == RAW:
        return
    with pytest.raises(NotThisTransaction):
        verify(Signed(SIGNED.draft, SIGNED.txid, other.hex()))


@fuzzed
@given(st.integers(0, len(RAW) * 8 - 1))
def test_no_bit_can_differ(bit: int) -> None:
    changed = bytearray(RAW)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotThisTransaction):
        verify(Signed(SIGNED.draft, SIGNED.txid, changed.hex()))


@fuzzed
@given(st.text(max_size=40))
def test_a_text_that_is_no_hex_is_no_transaction(text: str) -> None:
    with pytest.raises(NotThisTransaction):
        verify(Signed(SIGNED.draft, SIGNED.txid, text))


@fuzzed
@given(st.binary(min_size=60, max_size=70) | st.binary(max_size=3))
def test_a_signature_of_nobody_is_refused(signature: bytes) -> None:
    with pytest.raises(SignatureRefused):
        with_signature(unsigned(transfer_of()), signature)


def is_paid(receipt: dict[str, Any]) -> bool:
    """Whether a receipt proves our transfer and nothing else, read without the platform's code."""
    logs = receipt.get("log")
    costs = receipt.get("receipt")
    return (
        isinstance(costs, dict)
        and costs.get("result") == "SUCCESS"
        and receipt.get("contract_address") == CONTRACT
        and isinstance(logs, list)
        and [{name: one.get(name) for name in LOG} for one in logs] == [LOG]
    )


@fuzzed
@given(twisted(PAID))
def test_a_receipt_says_paid_only_when_it_proves_it(receipt: Any) -> None:
    try:
        verdict = judge(receipt, TX)
    except OutcomeUnknown:
        return
    assert (verdict.status == TxStatus.SUCCEEDED) == is_paid(receipt)
    if verdict.status == TxStatus.FAILED:
        assert verdict.result in FAILURES
        assert not receipt.get("log")


@fuzzed
@given(twisted(BLOCK))
def test_a_block_is_what_its_id_says_or_unknown(answer: Any) -> None:
    for read in (header_of, block_of):
        with suppress(OutcomeUnknown):
            assert read(answer).block_id == BLOCK["blockID"]


@fuzzed
@given(twisted(ACCOUNT))
def test_an_account_is_read_or_unknown(answer: Any) -> None:
    with suppress(OutcomeUnknown), reading("account"):
        state = _account(ALICE.address, answer)
        assert state.address == ALICE.address
        assert state.balance_sun >= 0
        assert all(one.threshold > 0 for one in state.active_permissions)


@fuzzed
@given(twisted(USDT_ROW), twisted(TRX_ROW))
def test_a_row_of_history_is_read_or_unknown(token: Any, coin: Any) -> None:
    with suppress(OutcomeUnknown), reading("history"):
        assert _usdt(token).units >= 0
    with suppress(OutcomeUnknown), reading("history"):
        assert _trx(coin, coin["raw_data"]["contract"][0]).units >= 0


@fuzzed
@given(twisted({"log": [LOG, {"address": "00" * 20}]}))
def test_logs_are_read_or_malformed(receipt: Any) -> None:
    with suppress(MalformedCall, OutcomeUnknown), reading("logs"):
        for one in transfer_logs(receipt, transfer_of().contract):
            assert one.amount >= 0
