"""Staking TRX for energy or bandwidth, and for votes."""

from staking.terms import amount_check
from tron.account import Resource
from tron.contracts import Order
from tron.kinds import TxKind
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


def trx_stake(*, wallet: Wallet, amount_sun: int, resource: Resource) -> Prepared:
    """Return a stake (sun, 1 TRX and more) as it can be asked for.

    That the wallet has so much, and what it burns at most, is decided when it is stored
    (``InsufficientTrx``). Raises ``ValidationFailed`` and what ``operation_prepare`` raises.
    """
    amount_check(amount_sun)
    terms = {"resource": str(resource)}
    order = Order(TxKind.STAKE, str(wallet.address), amount=amount_sun, terms=terms)
    return operation_prepare(wallet, order)
