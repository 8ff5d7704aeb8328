"""USDT as deployed on TRON: balances, allowances, blacklist, pause, fees, and its quirks.

Behaviour: the verified TetherToken source. ``transfer`` answers false on success, because the fee
layer drops the inner value; ``transferFrom`` and ``approve`` answer true. Every ``require`` is a
plain REVERT without a reason. The recipient is never checked against the blacklist.
Addresses are 20 bytes here, amounts whole base units (6 decimals).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tron.sandbox.receipts import Log
from tron.sandbox.state import State
from tron.sandbox.vm import abi

DECIMALS = 6
TRANSFER_TOPIC = abi.keccak256(b"Transfer(address,address,uint256)")
APPROVAL_TOPIC = abi.keccak256(b"Approval(address,address,uint256)")
ZERO = bytes(20)

# Energy with the dynamic factor at its ceiling. A storage slot that was zero costs 66,000 more
# than one that was not: (20,000 − 5,000) × 4.4 (java-tron EnergyCost).
ENERGY_HOLDER = 64_285
ENERGY_NEW_HOLDER = 130_285
ENERGY_BASE = 14_610  # of a transfer to a holder, without the dynamic factor
ENERGY_TRANSFER_FROM = 78_900
ENERGY_APPROVE = 33_764
ENERGY_READ = 2_400
ENERGY_REVERT = 3_500

BALANCE = b"tb"
ALLOWANCE = b"ta"
BLACK = b"tx"
PAUSED = b"tp"
RATE = b"tr"
FEE_MAX = b"tf"
SUPPLY = b"ts"
OWNER = b"to"
DEPRECATED = b"td"  # the address of the contract that took over, in hex; empty for none
TO_HOLDER = b"te"  # energy of a transfer to a holder, where it was changed
TO_NEW_HOLDER = b"tn"


class Reverted(Exception):
    """A condition of the contract does not hold."""


@dataclass(slots=True)
class Call:
    """One execution: what it may read and change, who asks, and what it came to."""

    state: State
    contract: bytes
    caller: bytes
    logs: list[Log] = field(default_factory=list)
    slots_filled: int = 0
    energy: int = ENERGY_REVERT

    def emit(self, topic: bytes, first: bytes, second: bytes, amount: int) -> None:
        """Record an event with two indexed addresses and an amount."""
        topics = (topic, abi.word(first), abi.word(second))
        self.logs.append(Log(self.contract, topics, abi.word(amount)))


def require(condition: bool) -> None:
    """Raise ``Reverted`` unless the condition holds."""
    if not condition:
        raise Reverted


def balance_of(state: State, owner: bytes) -> int:
    """Return a holder's balance in base units."""
    return state.get(BALANCE + owner, 0)


def owner_of(state: State) -> bytes:
    """Return the contract's owner, who receives the fees."""
    return bytes.fromhex(state.get(OWNER))


def energy_to_holder(state: State) -> int:
    """Return what a transfer to somebody who has the token costs."""
    return state.get(TO_HOLDER, ENERGY_HOLDER)


def energy_of_slot(state: State) -> int:
    """Return what filling an empty storage slot costs more."""
    return state.get(TO_NEW_HOLDER, ENERGY_NEW_HOLDER) - energy_to_holder(state)


def energy_factor(state: State) -> int:
    """Return the dynamic factor that the present cost means, in 1/10000."""
    return max(0, energy_to_holder(state) * 10_000 // ENERGY_BASE - 10_000)


def _fee(state: State, amount: int) -> int:
    return min(amount * state.get(RATE, 0) // 10_000, state.get(FEE_MAX, 0))


def _move(call: Call, sender: bytes, recipient: bytes, amount: int) -> None:
    """Move an amount and take the fee out of it."""
    state = call.state
    require(recipient != ZERO)
    require(balance_of(state, sender) >= amount)
    fee = _fee(state, amount)
    _credit(call, sender, recipient, amount - fee)
    if fee:
        _credit(call, sender, owner_of(state), fee)


def _credit(call: Call, sender: bytes, recipient: bytes, amount: int) -> None:
    state = call.state
    if amount and not balance_of(state, recipient):
        call.slots_filled += 1
    state.put(BALANCE + sender, balance_of(state, sender) - amount)
    state.put(BALANCE + recipient, balance_of(state, recipient) + amount)
    call.emit(TRANSFER_TOPIC, sender, recipient, amount)


def transfer(call: Call, data: bytes) -> bytes:
    """``transfer(address,uint256)``: answers the zero word on success."""
    recipient, amount = _address_and_amount(data)
    require(not call.state.get(PAUSED, False))
    require(not call.state.get(BLACK + call.caller, False))
    _move(call, call.caller, recipient, amount)
    return abi.word(0)


def transfer_from(call: Call, data: bytes) -> bytes:
    """``transferFrom(address,address,uint256)``: an unlimited allowance is not used up."""
    sender, recipient, amount = _addresses_and_amount(data)
    require(not call.state.get(PAUSED, False))
    require(not call.state.get(BLACK + sender, False))
    key = ALLOWANCE + sender + call.caller
    allowance = call.state.get(key, 0)
    require(allowance >= amount)
    _move(call, sender, recipient, amount)
    if allowance < abi.UINT256_MAX:
        call.state.put(key, allowance - amount)
    return abi.word(1)


def approve(call: Call, data: bytes) -> bytes:
    """``approve(address,uint256)``: replaces what was allowed before."""
    spender, amount = _address_and_amount(data)
    require(not call.state.get(PAUSED, False))
    key = ALLOWANCE + call.caller + spender
    if amount and not call.state.get(key, 0):
        call.slots_filled += 1
    call.state.put(key, amount)
    call.emit(APPROVAL_TOPIC, call.caller, spender, amount)
    return abi.word(1)


def _arguments(data: bytes, count: int) -> list[bytes]:
    arguments = abi.words(data, count)
    if arguments is None:
        raise Reverted
    return arguments


def _address_and_amount(data: bytes) -> tuple[bytes, int]:
    address, amount = _arguments(data, 2)
    return address[12:], int.from_bytes(amount, "big")


def _addresses_and_amount(data: bytes) -> tuple[bytes, bytes, int]:
    first, second, amount = _arguments(data, 3)
    return first[12:], second[12:], int.from_bytes(amount, "big")


def _read_balance(call: Call, data: bytes) -> bytes:
    (owner,) = _arguments(data, 1)
    return abi.word(balance_of(call.state, owner[12:]))


def _read_allowance(call: Call, data: bytes) -> bytes:
    owner, spender = _arguments(data, 2)
    return abi.word(call.state.get(ALLOWANCE + owner[12:] + spender[12:], 0))


def _read_blacklisted(call: Call, data: bytes) -> bytes:
    (owner,) = _arguments(data, 1)
    return abi.word(call.state.get(BLACK + owner[12:], False))


def _read_fee(call: Call, data: bytes) -> bytes:
    (amount,) = _arguments(data, 1)
    return abi.word(_fee(call.state, int.from_bytes(amount, "big")))


def _constant(value: bytes) -> Callable[[Call, bytes], bytes]:
    return lambda call, data: value


def _stored(key: bytes) -> Callable[[Call, bytes], bytes]:
    return lambda call, data: abi.word(call.state.get(key, 0))


READS: dict[str, Callable[[Call, bytes], bytes]] = {
    "balanceOf(address)": _read_balance,
    "allowance(address,address)": _read_allowance,
    "isBlackListed(address)": _read_blacklisted,
    "getBlackListStatus(address)": _read_blacklisted,
    "calcFee(uint256)": _read_fee,
    "name()": _constant(abi.text("Tether USD")),
    "symbol()": _constant(abi.text("USDT")),
    "decimals()": _constant(abi.word(DECIMALS)),
    "deprecated()": lambda call, data: abi.word(bool(call.state.get(DEPRECATED, ""))),
    "upgradedAddress()": lambda call, data: abi.word(
        bytes.fromhex(call.state.get(DEPRECATED, "")) or 0
    ),
    "totalSupply()": _stored(SUPPLY),
    "paused()": _stored(PAUSED),
    "basisPointsRate()": _stored(RATE),
    "maximumFee()": _stored(FEE_MAX),
    "owner()": lambda call, data: abi.word(owner_of(call.state)),
}
WRITES: dict[str, tuple[Callable[[Call, bytes], bytes], int]] = {
    "transfer(address,uint256)": (transfer, ENERGY_HOLDER),
    "transferFrom(address,address,uint256)": (transfer_from, ENERGY_TRANSFER_FROM),
    "approve(address,uint256)": (approve, ENERGY_APPROVE),
}
FUNCTIONS = {abi.selector(name): (run, ENERGY_READ) for name, run in READS.items()} | {
    abi.selector(name): function for name, function in WRITES.items()
}


FORWARDED = frozenset(
    map(
        abi.selector,
        [*WRITES, "balanceOf(address)", "allowance(address,address)", "totalSupply()"],
    )
)


def call_run(call: Call, data: bytes) -> bytes:
    """Run one call and return its output; raises ``Reverted`` (an unknown function reverts too).

    A deprecated contract forwards to one that is not there, and a call of nothing reverts.
    ``call.energy`` says what was used in either case.
    """
    name = data[:4]
    require(name in FUNCTIONS)
    require(not (name in FORWARDED and call.state.get(DEPRECATED, "")))
    run, energy = FUNCTIONS[name]
    output = run(call, data)
    if run is transfer:
        energy = energy_to_holder(call.state)
    call.energy = energy + call.slots_filled * energy_of_slot(call.state)
    return output
