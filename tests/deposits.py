"""Accounts of deposit addresses, and addresses one by one."""

from datetime import datetime
from uuid import UUID

from tron.networks import network
from wallets.models_deposit import DepositAccount, DepositAddress
from wallets.services.deposits import deposit_addresses_next


def deposit_account_create(*, name: str, account: int = 0, now: datetime) -> DepositAccount:
    """Ask for an account of a new HD wallet, as ``payments_account_ask`` does for payments."""
    return DepositAccount.objects.create(
        name=name, account=account, network=network().name, created_at=now
    )


def deposit_address_next(*, account_id: UUID, now: datetime) -> DepositAddress:
    """Hand out the next address of an account."""
    [made] = deposit_addresses_next(account_id=account_id, count=1, now=now)
    return made
