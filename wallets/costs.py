"""What an operation may cost at most, asked of the chain before anything is held for it."""

from django.conf import settings

from lucidpay.errors import TRANSACTION_FAILED, LucidError
from lucidpay.money import tokens_of
from tron.account import account_of
from tron.contracts import Order, wire_of
from tron.kinds import TxKind
from tron.node import Node
from tron.quorum import SIGNATURES_MAX
from tron.resources import Prices, prices_of
from tron.transactions import Draft, bandwidth_of
from tron.trc20 import approve_data
from wallets.fees import fee_limit_sun
from wallets.models import SIGNED_BY_PEOPLE, WalletKind
from wallets.services.operate import Cost


class FeeAboveLimit(LucidError):
    """Transaction failed: its network fee would be above the most it may burn; nothing was sent."""

    code = TRANSACTION_FAILED
    status_code = 500


# Only its length counts: that of every block id, time and fee limit.
BLOCK_ID = "0" * 16 + "f" * 48
TIME_MS = 2**42


async def cost_of(node: Node, order: Order, wallet_kind: str) -> Cost:
    """Return what an operation burns at worst beside its amount, in sun.

    As if no stake covered any of it: whether it does is known only when it is included. Raises
    ``FeeAboveLimit``, ``NodeError``, and ``Refused`` (code ``REVERT``) when the contract would
    revert it.
    """
    prices = await prices_of(node)
    signatures = await _signatures_max(node, order, wallet_kind)
    burn_sun = bandwidth_of(_draft(order), signatures=signatures) * prices.bandwidth_sun
    burn_sun += prices.multi_sign_sun if signatures > 1 else 0
    fee_limit_sun = 0
    match order.kind:
        case TxKind.UPDATE_PERMISSIONS:
            burn_sun += prices.permission_sun
        case TxKind.TRANSFER_TRX:
            if not (await account_of(node, order.recipient, solid=False)).is_activated:
                burn_sun += prices.new_account_sun
        case TxKind.APPROVE:
            fee_limit_sun = await _call_limit_sun(node, order, prices)
    return Cost(burn_sun + fee_limit_sun, fee_limit_sun)


async def _signatures_max(node: Node, order: Order, wallet_kind: str) -> int:
    """Return how many signatures it may carry: people choose the permission when they build it.

    Of a wallet of several keys, as many as the chain takes.
    """
    if wallet_kind == WalletKind.MULTISIG:
        return SIGNATURES_MAX
    if wallet_kind not in SIGNED_BY_PEOPLE:
        return 1
    account, number = await account_of(node, order.sender), wire_of(order.kind).number
    known = (account.owner_permission, *account.active_permissions)
    return max(len(one.keys) for one in known if one.allows(number))


async def _call_limit_sun(node: Node, order: Order, prices: Prices) -> int:
    """Return the fee limit of a call: its energy, measured by running it, priced, with a margin.

    Never less than that: a call that runs out of energy burns its whole limit for nothing.
    """
    data = approve_data(order.recipient, order.amount).hex()
    energy = await node.call_energy(contract=order.contract, sender=order.sender, data=data)
    limit_sun = fee_limit_sun(energy, prices)
    most_sun = min(settings.TRON_FEE_LIMIT_MAX_SUN, prices.fee_limit_max_sun)
    if limit_sun > most_sun:
        needs, most = tokens_of(limit_sun), tokens_of(most_sun)
        raise FeeAboveLimit({"needed_trx": needs, "limit_trx": most})
    return limit_sun


def _draft(order: Order) -> Draft:
    return Draft(
        kind=order.kind,
        sender=order.sender,
        recipient=order.recipient,
        contract=order.contract,
        amount=order.amount,
        terms=order.terms,
        fee_limit_sun=settings.TRON_FEE_LIMIT_MAX_SUN if order.kind == TxKind.APPROVE else 0,
        ref_block_id=BLOCK_ID,
        expiration_ms=TIME_MS,
        timestamp_ms=TIME_MS,
    )
