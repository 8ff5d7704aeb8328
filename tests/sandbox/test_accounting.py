"""Permissions, stakes and the sums that must never change, on the state itself."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.people import FEE_LIMIT_SUN, TRX, USDT, Person
from tron.sandbox import proto
from tron.sandbox.errors import Refused
from tron.sandbox.execution import transaction_execute
from tron.sandbox.genesis import (
    FAUCET_ADDRESS,
    TRX_SUPPLY_SUN,
    USDT_ADDRESS,
    USDT_SUPPLY_MICRO,
    genesis_state,
)
from tron.sandbox.json_in import contract_put
from tron.sandbox.parameters import DAY_MS
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import (
    ACCOUNT,
    NOTHING,
    STAKE,
    Account,
    Pair,
    Permission,
    Stake,
    Unfreezing,
    value_dump,
    value_load,
)
from tron.sandbox.resources import BURNED, GIFT, gift_for
from tron.sandbox.signatures import signatures_check
from tron.sandbox.state import State
from tron.sandbox.transactions import SignedTransaction, transaction_open, txid_of
from tron.sandbox.vm import tether
from tron.trc20 import transfer_data

NOW_MS = 1_700_000_000_000
_timestamps = itertools.count(NOW_MS)
TRANSFER_ONLY = bytes([0x02]).ljust(32, b"\0")


def signed(
    kind: str, payload: object, signers: Sequence[Person], permission_id: int = 0
) -> SignedTransaction:
    """Return a transaction of these people."""
    message = proto.Transaction()
    message.raw_data.timestamp = next(_timestamps)
    message.raw_data.fee_limit = FEE_LIMIT_SUN
    contract_put(message.raw_data, kind, payload, permission_id)
    digest = txid_of(message.raw_data)
    message.signature.extend(s.key.sign_recoverable(digest, hasher=None) for s in signers)
    return transaction_open(message)


def trx(sender: Person, to: bytes, amount: int, *signers: Person, permission: int = 0) -> object:
    """Return a TRX transfer."""
    payload = proto.CONTRACT_CLASSES["TransferContract"](
        owner_address=sender.raw, to_address=to, amount=amount
    )
    return signed("TransferContract", payload, signers or [sender], permission)


def usdt(sender: Person, to: Person, amount: int) -> object:
    """Return a USDT transfer."""
    payload = proto.CONTRACT_CLASSES["TriggerSmartContract"](
        owner_address=sender.raw,
        contract_address=USDT_ADDRESS,
        data=transfer_data(to.address, amount),
    )
    return signed("TriggerSmartContract", payload, [sender])


def world(*people: Person, stake: Pair = NOTHING) -> State:
    """Return a state where the faucet has given everybody 1,000 TRX and 1,000 USDT."""
    state = genesis_state()
    faucet = state.account(FAUCET_ADDRESS)
    given = 1000 * TRX * len(people)
    state.account_put(FAUCET_ADDRESS, faucet._replace(balance_sun=faucet.balance_sun - given))
    for person in people:
        state.account_put(person.raw, Account(balance_sun=1000 * TRX))
        state.put(GIFT + person.raw, stake)
        state.put(tether.BALANCE + person.raw[1:], 1000 * USDT)
    held = USDT_SUPPLY_MICRO - 1000 * USDT * len(people)
    state.put(tether.BALANCE + FAUCET_ADDRESS[1:], held)
    return state


def test_staked_energy_is_used_before_anything_burns() -> None:
    alice, bob = Person(), Person()
    state = world(alice, bob, stake=gift_for(State(), net=0, energy=64_285))
    first = transaction_execute(state, usdt(alice, bob, USDT), NOW_MS)
    assert (first.energy_usage, first.energy_fee_sun, first.fee_sun) == (64_285, 0, 0)
    second = transaction_execute(state, usdt(alice, bob, USDT), NOW_MS + DAY_MS // 2)
    assert second.energy_usage == pytest.approx(64_285 / 2, abs=1)
    assert second.energy_fee_sun == (64_285 - second.energy_usage) * 100


def test_staked_energy_does_not_lift_the_fee_limit() -> None:
    alice, bob = Person(), Person()
    state = world(alice, bob, stake=(0, 10**15))
    tx = usdt(alice, bob, USDT)
    tx.raw.fee_limit = 64_284 * 100
    receipt = transaction_execute(state, tx, NOW_MS)
    assert receipt.contract_ret == "OUT_OF_ENERGY"
    assert (receipt.energy_usage, receipt.energy_fee_sun) == (64_284, 0)


def test_staked_bandwidth_is_used_before_free_bandwidth() -> None:
    alice, bob = Person(), Person()
    state = world(alice, bob, stake=gift_for(State(), net=300, energy=0))
    transaction_execute(state, trx(alice, bob.raw, TRX), NOW_MS)
    account = state.account(alice.raw)
    assert account.net_used > 0
    assert account.free_net_used == 0
    transaction_execute(state, trx(alice, bob.raw, TRX), NOW_MS)
    assert state.account(alice.raw).free_net_used > 0


def shared(threshold: int, *people: Person, operations: bytes = TRANSFER_ONLY) -> Account:
    """Return an account whose owner and active permission these people share."""
    keys = tuple((person.raw, 1) for person in people)
    return Account(
        balance_sun=100 * TRX,
        permissions=(
            Permission(0, "owner", threshold, b"", keys),
            Permission(2, "active", threshold, operations, keys),
        ),
    )


def check(account: Account, tx: SignedTransaction) -> str:
    """Return the reason why the signatures do not suffice, "" if they do."""
    try:
        signatures_check(tx, account)
    except Refused as refusal:
        return refusal.text.removeprefix("Validate signature error: ")
    return ""


def test_weights_must_reach_the_threshold() -> None:
    alice, bob, carol = Person(), Person(), Person()
    account = shared(2, alice, bob)
    assert check(account, trx(alice, carol.raw, 1, alice)) == "sig error"
    assert check(account, trx(alice, carol.raw, 1, alice, bob)) == ""
    assert check(account, trx(alice, carol.raw, 1, bob, alice)) == ""


def test_nobody_signs_twice_and_no_stranger_signs_along() -> None:
    alice, bob, carol = Person(), Person(), Person()
    account = shared(2, alice, bob)
    assert check(account, trx(alice, carol.raw, 1, alice, alice)).endswith("has signed twice!")
    reason = check(account, trx(alice, carol.raw, 1, alice, carol))
    assert reason.endswith(f"is signed by {carol.address} but it is not contained of permission.")


def test_an_active_permission_allows_its_operations_only() -> None:
    alice, carol = Person(), Person()
    account = shared(1, alice)
    assert check(account, trx(alice, carol.raw, 1, permission=2)) == ""
    nothing = shared(1, alice, operations=bytes(32))
    assert check(nothing, trx(alice, carol.raw, 1, permission=2)) == "Permission denied"
    assert check(account, trx(alice, carol.raw, 1, permission=1)) == "permission isn't exit"


def test_a_second_signature_burns_one_trx() -> None:
    alice, bob = Person(), Person()
    state = world(bob)
    state.account_put(alice.raw, shared(2, alice, bob))
    receipt = transaction_execute(state, trx(alice, bob.raw, TRX, alice, bob), NOW_MS)
    assert (receipt.multi_sign_fee_sun, receipt.fee_sun) == (TRX, TRX)


def test_an_account_is_stored_as_it_is() -> None:
    alice, bob = Person(), Person()
    for account in (Account(), Account(balance_sun=5), shared(2, alice, bob)):
        assert value_load(ACCOUNT + alice.raw, value_dump(account)) == account


def test_a_stake_is_stored_as_it_is() -> None:
    alice = Person()
    for stake in (
        Stake(),
        Stake((1, 2), (3, 4), (5, 6), (Unfreezing(1, 7, 8),), ((alice.raw, 9),), 10, 11, 12),
    ):
        assert value_load(STAKE + alice.raw, value_dump(stake)) == stake


def totals(state: State) -> tuple[int, int]:
    """Return all sun there is or was burned, and all base units of USDT."""
    suns = sum(v.balance_sun for k, v in state.changes.items() if k.startswith(ACCOUNT))
    micros = sum(v for k, v in state.changes.items() if k.startswith(tether.BALANCE))
    return suns + state.get(BURNED, 0), micros


PEOPLE = [Person() for _ in range(4)]
STEPS = st.tuples(
    st.sampled_from(["trx", "usdt"]),
    st.sampled_from(PEOPLE[:3]),
    st.sampled_from(PEOPLE),
    st.integers(0, 2_000 * USDT),
    st.integers(0, DAY_MS),
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(STEPS, max_size=12),
    st.integers(0, 19),
    st.integers(0, 49 * USDT),
)
def test_no_coin_appears_or_vanishes(steps: list, rate: int, fee_max: int) -> None:
    state = world(*PEOPLE[:3])
    state.put(tether.RATE, rate)
    state.put(tether.FEE_MAX, fee_max)
    now_ms = NOW_MS
    for kind, sender, to, amount, wait_ms in steps:
        now_ms += wait_ms
        tx = usdt(sender, to, amount) if kind == "usdt" else trx(sender, to.raw, amount)
        layer = state.child()
        try:
            receipt = transaction_execute(layer, tx, now_ms)
        except Refused:
            continue
        layer.merge()
        _consistent(receipt)
        assert totals(state) == (TRX_SUPPLY_SUN, USDT_SUPPLY_MICRO)


def _consistent(receipt: Receipt) -> None:
    assert receipt.energy_total == receipt.energy_usage + receipt.energy_fee_sun // 100
    assert not (receipt.net_usage and receipt.net_fee_sun)
    assert bool(receipt.failure) == (receipt.contract_ret != "SUCCESS")
    assert not (receipt.failure and receipt.logs)
