"""Bandwidth, energy and the fees burned where they do not suffice.

Sources: java-tron ``BandwidthProcessor``, ``EnergyProcessor``, ``ReceiptCapsule.payEnergyBill``,
``Manager.consumeMultiSignFee`` and ``consumeMemoFee``. Usage fades linearly, within 24 hours.
"""

from typing import NamedTuple

from tron.address import address_text
from tron.sandbox import parameters as p
from tron.sandbox.errors import ContractInvalid, Refused
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import BANDWIDTH, ENERGY, NOTHING, Account, Pair
from tron.sandbox.state import State
from tron.sandbox.transactions import SignedTransaction

BURNED = b"burned"
WEIGHTS = b"w"
GIFT = b"g"
LIMITS: Pair = (p.TOTAL_NET_LIMIT, p.TOTAL_ENERGY_LIMIT)
_WEIGHTS: Pair = (p.TOTAL_NET_WEIGHT_TRX, p.TOTAL_ENERGY_WEIGHT_TRX)


class Usage(NamedTuple):
    """How much was used up, when that was true, and how long it takes to fade from then on."""

    used: int
    at_ms: int
    window_ms: int = p.DAY_MS

    def left(self, now_ms: int) -> int:
        """Return what remains of it now."""
        remaining_ms = max(0, self.window_ms - (now_ms - self.at_ms))
        # Rounded up: a moment later nothing is free yet.
        return -(-self.used * remaining_ms // self.window_ms)

    def more(self, used: int, now_ms: int, window_ms: int = p.DAY_MS) -> "Usage":
        """Return the usage with some more, which by itself would fade in ``window_ms``.

        The window is the mean of both, weighed by what they use (java-tron
        ``ResourceProcessor.increaseV2`` and ``unDelegateIncreaseV2``).
        """
        left = self.left(now_ms)
        if not left + used:
            return Usage(0, now_ms)
        remaining_ms = self.window_ms - (now_ms - self.at_ms) if left else 0
        mean_ms = -(-(left * remaining_ms + used * window_ms) // (left + used))
        return Usage(left + used, now_ms, min(mean_ms, p.DAY_MS))


def usage_left(used: int, at_ms: int, now_ms: int) -> int:
    """Return what remains of a usage of free bandwidth: it fades to nothing in a day."""
    return Usage(used, at_ms).left(now_ms)


def usage_of(account: Account, resource: int) -> Usage:
    """Return what an account has used of a staked resource."""
    if resource == ENERGY:
        return Usage(account.energy_used, account.energy_at_ms, account.energy_window_ms)
    return Usage(account.net_used, account.net_at_ms, account.net_window_ms)


def usage_put(account: Account, resource: int, usage: Usage) -> Account:
    """Return the account with another usage of a staked resource."""
    used, at_ms, window_ms = usage
    if resource == ENERGY:
        return account._replace(
            energy_used=used, energy_at_ms=at_ms, energy_window_ms=window_ms, operated_at_ms=at_ms
        )
    return account._replace(
        net_used=used, net_at_ms=at_ms, net_window_ms=window_ms, operated_at_ms=at_ms
    )


def weights(state: State) -> Pair:
    """Return what the whole network has staked, in TRX, by resource."""
    net, energy = state.get(WEIGHTS, _WEIGHTS)
    return net, energy


def gift_for(state: State, net: int, energy: int) -> Pair:
    """Return the smallest stake, in sun, that yields so much bandwidth and energy a day."""
    net_trx, energy_trx = weights(state)
    return (
        -(-net * net_trx * 10**6 // p.TOTAL_NET_LIMIT),
        -(-energy * energy_trx * 10**6 // p.TOTAL_ENERGY_LIMIT),
    )


def gift_of(state: State, address: bytes) -> Pair:
    """Return what was staked for an account by hand, in sun: it yields, and that is all.

    It is shown as what is left of Stake 1.0, which can be neither delegated nor taken out here.
    """
    net, energy = state.get(GIFT + address, NOTHING)
    return net, energy


def staked_sun(state: State, address: bytes, resource: int) -> int:
    """Return all that yields a resource: the own stake, what others delegated, the gift."""
    stake = state.stake(address)
    return stake.own[resource] + stake.borrowed[resource] + gift_of(state, address)[resource]


def limit(state: State, address: bytes, resource: int) -> int:
    """Return what an account may use a day."""
    staked = staked_sun(state, address, resource)
    return staked * LIMITS[resource] // (weights(state)[resource] * 10**6) if staked else 0


def stake_used_sun(state: State, resource: int, used: int) -> int:
    """Return how much stake a usage stands for."""
    return used * weights(state)[resource] * 10**6 // LIMITS[resource]


def energy_left(state: State, address: bytes, now_ms: int) -> int:
    """Return the staked energy that is not used up now."""
    account = state.account(address) or Account()
    used = usage_of(account, ENERGY).left(now_ms)
    return max(0, limit(state, address, ENERGY) - used)


def balance_add(state: State, address: bytes, amount_sun: int) -> None:
    """Change the balance of an account that exists, or make one."""
    account = state.account(address) or Account()
    state.account_put(address, account._replace(balance_sun=account.balance_sun + amount_sun))


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
    net_limit = limit(state, tx.owner, BANDWIDTH)
    if not net_limit:
        return False
    account = state.account(tx.owner) or Account()
    usage = usage_of(account, BANDWIDTH).more(tx.net_bytes, now_ms)
    if usage.used > net_limit:
        return False
    state.account_put(tx.owner, usage_put(account, BANDWIDTH, usage))
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
    usage = usage_of(account, ENERGY).more(staked, now_ms)
    state.account_put(owner, usage_put(account, ENERGY, usage))
    receipt.energy_usage = staked
    receipt.energy_total = energy
    receipt.energy_fee_sun = (energy - staked) * p.ENERGY_FEE_SUN
    if not burn(state, owner, receipt.energy_fee_sun):
        raise resource_insufficient()


def resource_insufficient() -> Refused:
    """Return the refusal for bandwidth and fees that cannot be paid."""
    return Refused("BANDWITH_ERROR", "Account resource insufficient error.")
