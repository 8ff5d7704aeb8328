"""`manage.py advice [--days 30]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lucidpay.errors import LucidError
from lucidpay.money import tokens_of
from staking.advice import Advice, Part, staking_advice
from staking.management.asking import said


class Command(BaseCommand):
    """Says how much to stake."""

    help = "Say how much TRX to stake so that payouts like the last days' burn nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare how far to look back."""
        parser.add_argument("--days", type=int, default=30, choices=range(1, 366), metavar="DAYS",
                            help="Days to look back, 1 … 365.")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the books and the chain, and say it in a few lines."""
        try:
            found = staking_advice(days=options["days"])
        except LucidError as error:
            raise CommandError(said(error)) from error
        past = found.past
        burned = tokens_of(found.burned_sun)
        self.stdout.write(
            f"{past.transfers} transfers within {past.days} days burned {burned} TRX."
        )
        if not past.transfers:
            return
        self._part("energy", found, found.energy)
        self._part("bandwidth", found, found.bandwidth)
        as_staked, as_advised = (
            tokens_of(found.a_day_sun(sum(getattr(one, name) for one in found.wallets)))
            for name in ("as_staked_sun", "as_advised_sun")
        )
        self.stdout.write(
            f"A day like these burns {as_staked} TRX as it stands, {as_advised} TRX as advised."
        )
        self._renting(found)
        self.stdout.write(
            f"A stake is not spent; it takes {found.terms.unstaking_days} days to come back."
        )
        for one in found.wallets:
            stakes = ((one.energy.stake_sun, "ENERGY"), (one.bandwidth.stake_sun, "BANDWIDTH"))
            for sun, resource in stakes:
                if sun:
                    command = f"manage.py stake {one.address} {tokens_of(sun)}"
                    self.stdout.write(f"  {command} --resource {resource}")

    def _part(self, name: str, found: Advice, part: Part) -> None:
        saved = tokens_of(found.a_month_sun(part.saved_sun))
        days = found.pays_back_days(part)
        pays = f", as much as it in {days} days" if part.stake_sun and days is not None else ""
        self.stdout.write(
            f"{name}: {part.needed} stood used at once, {part.limit} are staked for; "
            f"{tokens_of(part.stake_sun)} TRX more save {saved} TRX in 30 days{pays}."
        )

    def _renting(self, found: Advice) -> None:
        if found.rent_sun:
            rent = tokens_of(found.rent_a_month_sun)
            self.stdout.write(f"To rent the energy that is missing costs {rent} TRX in 30 days.")
