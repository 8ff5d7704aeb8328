"""`manage.py payments` with a verb: see payments, and decide about them."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import simplejson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.commands import account_here
from access.models import User
from gateway.models import Payment
from gateway.representation import payment_body
from gateway.services.cancel import payment_cancel
from gateway.services.credit import CreditedBefore, merchant_credit
from gateway.services.late import late_accept
from gateway.services.refund_again import refund_again
from gateway.states import PaymentStatus
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from lucidpay.ids import parse_public_id
from lucidpay.money import InvalidAmount, tokens_of, units_of

SAID = ("--reason", "--by")
VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "list": ("Show the newest payments.", ("--status", "--limit")),
    "show": ("Show one payment with its movements.", ("payment_id",)),
    "cancel": ("Cancel one that nobody has paid anything for.", ("payment_id", *SAID)),
    "accept": ("Let late money count as the payment.", ("payment_id", *SAID)),
    "refund-again": ("Ask again for a refund that failed.", ("payment_id", *SAID)),
    "credit": (
        "Say that so much USDT of what came in is a merchant's, for refunds.",
        ("username", "amount", "--once", *SAID),
    ),
}
NEEDED = ("--once", "--reason")
HELP = {
    "--once": "What came in, by a name of its own, such as its transaction: it credits once.",
    "--status": f"One of {', '.join(PaymentStatus.values)}.",
    "--limit": "How many (20).",
    "--reason": "Why; kept for good.",
    "--by": "Who says so; your login name unless given.",
}
LIMIT = 20


class Command(BaseCommand):
    """Shows payments, and does what operators do about them."""

    help = "See payments, and decide about them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, (text, arguments) in VERBS.items():
            command = verbs.add_parser(verb, help=text)
            for name in arguments:
                needed = {"required": True} if name in NEEDED else {}
                command.add_argument(name, help=HELP.get(name), **needed)  # type: ignore[arg-type]

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Run the verb; a refusal is told in its own words."""
        try:
            getattr(self, f"_{verb.replace('-', '_')}")(**options)
        except LucidError as error:
            raise CommandError(f"{error.message} {error.details or ''}".strip()) from error

    def _list(self, status: str | None, limit: str | None, **_: Any) -> None:
        rows = Payment.objects.order_by("-pk")
        if status:
            rows = rows.filter(status=_known(status))
        for one in rows[: _count(limit)]:
            amount = f"{tokens_of(one.amount_micro)} USDT"
            print(f"{one.public_id}  {one.status:10}  {amount:>22}  {one.method}")

    def _show(self, payment_id: str, **_: Any) -> None:
        rows = Payment.objects.select_related("deposit", "fee_schedule")
        body = payment_body(rows.get(pk=_key(payment_id)))
        print(simplejson.dumps(body, indent=2, use_decimal=True))

    def _cancel(self, payment_id: str, reason: str, by: str | None, **_: Any) -> None:
        payment_cancel(payment_id=_key(payment_id), by=_by(by), reason=reason, now=utc_now())
        print(f"{payment_id} is cancelled.")

    def _accept(self, payment_id: str, reason: str, by: str | None, **_: Any) -> None:
        late_accept(payment_id=_key(payment_id), by=_by(by), reason=reason, now=utc_now())
        print(f"{payment_id}: the late money counts, and the payee will be paid.")

    def _refund_again(self, payment_id: str, reason: str, by: str | None, **_: Any) -> None:
        made = refund_again(payment_id=_key(payment_id), by=_by(by), reason=reason, now=utc_now())
        print(f"{made.public_id} was asked for.")

    def _credit(
        self, username: str, amount: str, once: str, reason: str, by: str | None, **_: Any
    ) -> None:
        owner = User.objects.filter(username=username).first()
        if owner is None:
            raise CommandError(f"There is no user {username}.")
        try:
            amount_micro = units_of(Decimal(amount))
        except (InvalidAmount, InvalidOperation) as error:
            raise CommandError(f"{amount} is no amount of USDT.") from error
        try:
            balance_micro = merchant_credit(
                owner_id=owner.pk, amount_micro=amount_micro, by=_by(by), note=reason,
                now=utc_now(), once=once,
            )  # fmt: skip
        except CreditedBefore as error:
            _credited_before(error.details, owner, amount_micro)
        else:
            print(f"{username} has {tokens_of(balance_micro)} USDT with us.")


def _key(payment_id: str) -> UUID:
    key = parse_public_id("pay", payment_id)
    if key is None or not Payment.objects.filter(pk=key).exists():
        raise CommandError(f"There is no payment {payment_id}.")
    return key


def _known(status: str) -> str:
    if status not in PaymentStatus.values:
        raise CommandError(f"--status is one of {', '.join(PaymentStatus.values)}.")
    return status


def _count(limit: str | None) -> int:
    if limit is None:
        return LIMIT
    if not limit.isdecimal() or not int(limit):
        raise CommandError("--limit is a whole number above 0.")
    return int(limit)


def _credited_before(was: dict[str, Any], owner: User, amount_micro: int) -> None:
    """Say that this was done before; what else the key has credited is a mistake."""
    if (was["owner_id"], was["amount"]) != (owner.pk, tokens_of(amount_micro)):
        other = User.objects.get(pk=was["owner_id"])
        raise CommandError(
            f"This key has credited something else before: {was['amount']} USDT to {other}, by "
            f"{was['by']} at {was['at']:%Y-%m-%d %H:%M:%S} UTC. Nothing was credited now."
        )
    print(
        f"Credited before, by {was['by']} at {was['at']:%Y-%m-%d %H:%M:%S} UTC: nothing was "
        f"credited now. {owner} has {was['balance']} USDT with us."
    )


def _by(by: str | None) -> str:
    return by or account_here()
