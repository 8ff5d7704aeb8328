"""A phone with an authenticator, for people of the tests."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.test import Client
from django_otp.oath import TOTP

from access.codes import secret_open
from access.models import SecondFactor, User
from access.services.second_factor import second_factor_begin, second_factor_confirm
from access.step_up import FIELD
from lucidpay.clock import utc_now

CODE = "/admin/second-factor/code/"
PAGE = "/admin/second-factor/"
STEP = timedelta(seconds=30)


@dataclass
class Phone:
    """What shows a person's codes, and what they have printed."""

    factor: SecondFactor
    secret: bytes
    recovery: list[str]

    def code(self, at: datetime | None = None) -> str:
        """Return what it shows."""
        return code_at(self.secret, at or utc_now())

    def wrong(self) -> str:
        """Return six digits that it shows at no time near."""
        near = {self.code(utc_now() + STEP * steps) for steps in range(-2, 3)}
        return next(f"{n:06}" for n in range(9) if f"{n:06}" not in near)


def code_at(secret: bytes, at: datetime) -> str:
    """Return the code of a secret at a time."""
    totp = TOTP(secret)
    totp.time = at.timestamp()
    return f"{totp.token():06}"


def secret_of(factor: SecondFactor) -> bytes:
    """Return the secret that a person would scan."""
    return secret_open(factor.sealed_secret, user_id=factor.user_id).secret


def phone_of(user: User) -> Phone:
    """Give somebody a second factor; the codes of now and later are unspent."""
    now = utc_now()
    begun = second_factor_begin(user=user, now=now)
    secret = secret_of(begun)
    factor, recovery = second_factor_confirm(
        user=user, factor_id=begun.pk, code=code_at(secret, now - STEP), now=now
    )
    return Phone(factor, secret, recovery)


def give_code(client: Client, code: str, **fields: str) -> object:
    """Send the page that asks for a code."""
    return client.post(CODE, {FIELD: code, **fields})
