"""Bandwidth, energy and the fees burned where they do not suffice.

Sources: java-tron ``BandwidthProcessor``, ``EnergyProcessor``, ``ReceiptCapsule.payEnergyBill``,
``Manager.consumeMultiSignFee`` and ``consumeMemoFee``. Usage fades linearly over 24 hours.
"""

from typing import NamedTuple

from tron.address import address_text
from tron.sandbox import parameters as p
from tron.sandbox.errors import ContractInvalid, Refused
from tron.sandbox.receipts import Receipt
from tron.sandbox.state import Account, State
from tron.sandbox.transactions import SignedTransaction

BURNED = b"burned"
STAKE = b"k"
_NET_WEIGHT_SUN = p.TOTAL_NET_WEIGHT_TRX * 10**6
_ENERGY_WEIGHT_SUN = p.TOTAL_ENERGY_WEIGHT_TRX * 10**6


def usage_left(used: int, at_ms: int, now_ms: int) -> int:
    """Return what remains of a usage recorded at a time: it fades to nothing in a day."""
    remaining_ms = max(0, p.DAY_MS - (now_ms - at_ms))
    return -(-used * remaining_ms // p.DAY_MS)  # rounded up: a moment later nothing is free yet


class Stake(NamedTuple):
    """What is staked for an account, by itself or by others."""

    net_sun: int = 0
    energy_sun: int = 0


def stake_of(state: State, address: bytes) -> Stake:
    """Return what is staked for an account."""
    return Stake(*state.get(STAKE + address, ()))


def stake_for(net: int, energy: int) -> Stake:
    """Return the smallest stake that yields so much bandwidth and energy a day."""
    return Stake(
        net_sun=-(-net * _NET_WEIGHT_SUN // p.TOTAL_NET_LIMIT),
        energy_sun=-(-energy * _ENERGY_WEIGHT_SUN // p.TOTAL_ENERGY_LIMIT),
    )


def net_limit(state: State, address: bytes) -> int:
    """Return the bandwidth a day that the account's stake yields."""
    return stake_of(state, address).net_sun * p.TOTAL_NET_LIMIT // _NET_WEIGHT_SUN


def energy_limit(state: State, address: bytes) -> int:
    """Return the energy a day that the account's stake yields."""
    return stake_of(state, address).energy_sun * p.TOTAL_ENERGY_LIMIT // _ENERGY_WEIGHT_SUN


def energy_left(state: State, address: bytes, now_ms: int) -> int:
    """Return the staked energy that is not used up now."""
    account = state.account(address) or Account()
    used = usage_left(account.energy_used, account.energy_at_ms, now_ms)
    return max(0, energy_limit(state, address) - used)


def burn(state: State, address: bytes, amount_sun: int) -> bool:
    """Take sun from an account for ever; return False, changing nothing, if it has less."""
    account = state.account(address)
    if account is None or account.balance_sun < amount_sun:
        return False
    state.account_put(address, account._replace(balance_sun=account.balance_sun - amount_sun))
    state.put(BURNED, state.get(BURNED, 0) + amount_sun)
    return True


def bandwidth_pay(
    state: State, tx: SignedTransaction, receipt: Receipt, *, now_ms: int, creates: bool
) -> None:
    """Pay for the bytes of a transaction: all from one source, or it is refused.

    ``creates`` says that the transaction activates an account, which free bandwidth cannot pay.
    """
    account = state.account(tx.owner)
    if account is None:
        raise ContractInvalid(f"account [{address_text(tx.owner)}] does not exist")
    if creates:
        _creation_pay(state, tx, receipt, now_ms)
    elif _net_use(state, tx, receipt, now_ms) or _free_net_use(state, tx, receipt, now_ms):
        return
    elif burn(state, tx.owner, fee_sun := tx.net_bytes * p.BANDWIDTH_FEE_SUN):
        receipt.net_fee_sun = fee_sun
    else:
        raise resource_insufficient()


def _creation_pay(state: State, tx: SignedTransaction, receipt: Receipt, now_ms: int) -> None:
    if tx.unsigned_bytes > p.CREATE_ACCOUNT_BYTES_MAX:
        raise Refused("TOO_BIG_TRANSACTION_ERROR", "Too big transaction")
    if _net_use(state, tx, receipt, now_ms):
        return
    if not burn(state, tx.owner, p.CREATE_ACCOUNT_BANDWIDTH_FEE_SUN):
        raise resource_insufficient()
    receipt.net_fee_sun = p.CREATE_ACCOUNT_BANDWIDTH_FEE_SUN


def _net_use(state: State, tx: SignedTransaction, receipt: Receipt, now_ms: int) -> bool:
    account = state.account(tx.owner) or Account()
    used = usage_left(account.net_used, account.net_at_ms, now_ms) + tx.net_bytes
    if used > net_limit(state, tx.owner):
        return False
    state.account_put(
        tx.owner, account._replace(net_used=used, net_at_ms=now_ms, operated_at_ms=now_ms)
    )
    receipt.net_usage = tx.net_bytes
    return True


def _free_net_use(state: State, tx: SignedTransaction, receipt: Receipt, now_ms: int) -> bool:
    account = state.account(tx.owner) or Account()
    used = usage_left(account.free_net_used, account.free_net_at_ms, now_ms) + tx.net_bytes
    if used > p.FREE_NET_LIMIT:
        return False
    state.account_put(
        tx.owner, account._replace(free_net_used=used, free_net_at_ms=now_ms, operated_at_ms=now_ms)
    )
    receipt.net_usage = tx.net_bytes
    return True


def extras_pay(state: State, tx: SignedTransaction, receipt: Receipt) -> None:
    """Burn the fees for more than one signature and for a memo; raises ``Refused``."""
    if len(tx.message.signature) > 1:
        if not burn(state, tx.owner, p.MULTI_SIGN_FEE_SUN):
            raise resource_insufficient()
        receipt.multi_sign_fee_sun = p.MULTI_SIGN_FEE_SUN
    if tx.raw.data:
        if not burn(state, tx.owner, p.MEMO_FEE_SUN):
            raise resource_insufficient()
        receipt.memo_fee_sun = p.MEMO_FEE_SUN


def energy_available(state: State, address: bytes, fee_limit_sun: int, now_ms: int) -> int:
    """Return the most energy a call may use: stake and balance, both capped by ``fee_limit``.

    Source: java-tron ``VMActuator.getAccountEnergyLimitWithFixRatio``.
    """
    account = state.account(address) or Account()
    payable = energy_left(state, address, now_ms) + account.balance_sun // p.ENERGY_FEE_SUN
    return min(payable, fee_limit_sun // p.ENERGY_FEE_SUN)


def energy_pay(state: State, owner: bytes, energy: int, receipt: Receipt, now_ms: int) -> None:
    """Charge a call's energy: staked energy first, the rest burned as TRX."""
    account = state.account(owner) or Account()
    staked = min(energy, energy_left(state, owner, now_ms))
    used = usage_left(account.energy_used, account.energy_at_ms, now_ms) + staked
    state.account_put(
        owner, account._replace(energy_used=used, energy_at_ms=now_ms, operated_at_ms=now_ms)
    )
    receipt.energy_usage = staked
    receipt.energy_total = energy
    receipt.energy_fee_sun = (energy - staked) * p.ENERGY_FEE_SUN
    if not burn(state, owner, receipt.energy_fee_sun):
        raise resource_insufficient()


def resource_insufficient() -> Refused:
    """Return the refusal for bandwidth and fees that cannot be paid."""
    return Refused("BANDWITH_ERROR", "Account resource insufficient error.")
