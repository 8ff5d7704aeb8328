"""A rich wallet that this run's vault can open; prints its id."""

import sys

import django

django.setup()

from tests import builders  # noqa: E402
from wallets.models import Wallet, WalletStatus  # noqa: E402

USDT_MICRO = TRX_SUN = 10**15


def main() -> None:
    """Make the wallet. Those of earlier runs are sealed for other vaults, and pay nothing more."""
    Wallet.objects.update(status=WalletStatus.ARCHIVED)
    made = builders.hot_wallet(usdt_micro=USDT_MICRO, trx_sun=TRX_SUN)
    sys.stdout.write(f"{made.pk}\n")


if __name__ == "__main__":
    main()
