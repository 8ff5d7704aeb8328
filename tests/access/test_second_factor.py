"""Codes are accepted once, guesses are slowed, and what rests yields none."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from access.codes import (
    SecretLost,
    recovery_codes_new,
    secret_open,
    secret_seal,
    secret_uri,
    step_of,
)
from access.models import SecondFactor, User
from access.services.second_factor import (
    MayNotReset,
    MustHaveOne,
    NoSecondFactor,
    NothingBegun,
    WrongCode,
    recovery_codes_renew,
    second_factor_accept,
    second_factor_begin,
    second_factor_confirm,
    second_factor_of,
    second_factor_reset,
    second_factor_turn_off,
)
from access.slowing import TooManyFailures
from lucidpay.clock import utc_now
from tests import builders
from tests.second_factor import STEP, Phone, code_at, phone_of, secret_of

RFC_SECRET = b"12345678901234567890"
NOON = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that passes when a test says so."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(clock: object, owner: User) -> Phone:
    """The owner's phone."""
    return phone_of(owner)


def accepts(phone: Phone, code: str) -> bool:
    """Return whether a code is accepted; the row is read as a request would."""
    found = second_factor_of(phone.factor.user_id)
    assert found is not None
    return second_factor_accept(factor=found, code=code, now=utc_now())


# RFC 6238, appendix B (SHA-1), the last six digits of eight.
@pytest.mark.parametrize(
    ("unix_s", "code"),
    [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"),
        (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ],
)  # fmt: skip
def test_it_knows_the_codes_of_the_standard(unix_s: int, code: str) -> None:
    now = datetime.fromtimestamp(unix_s, UTC)
    assert step_of(RFC_SECRET, code, now=now, after=0) == unix_s // 30


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_wrong_by_one_step(steps: int, good: bool) -> None:
    code = code_at(RFC_SECRET, NOON + STEP * steps)
    assert (step_of(RFC_SECRET, code, now=NOON, after=0) is not None) == good


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12a456", "١٢٣٤٥٦", "-12345", "1e5432"])
def test_what_has_not_six_digits_is_no_code(text: str) -> None:
    assert step_of(RFC_SECRET, text, now=NOON, after=0) is None


def test_a_code_is_accepted_once(phone: Phone) -> None:
    assert accepts(phone, phone.code())
    assert not accepts(phone, phone.code())


def test_a_code_before_the_accepted_one_is_not_accepted_any_more(phone: Phone) -> None:
    assert accepts(phone, phone.code(utc_now() + STEP))
    assert not accepts(phone, phone.code())


def test_the_code_that_confirmed_it_opens_nothing(clock: object, owner: User) -> None:
    begun = second_factor_begin(user=owner, now=utc_now())
    code = code_at(secret_of(begun), utc_now())
    factor, _ = second_factor_confirm(user=owner, factor_id=begun.pk, code=code, now=utc_now())
    assert not second_factor_accept(factor=factor, code=code, now=utc_now())


def test_a_code_may_be_typed_with_a_space(phone: Phone) -> None:
    code = phone.code()
    assert accepts(phone, f" {code[:3]} {code[3:]} ")


def test_a_recovery_code_is_accepted_once_however_it_is_typed(phone: Phone) -> None:
    assert len(phone.recovery) == len(set(phone.recovery)) == 10
    first, second = phone.recovery[:2]
    assert accepts(phone, first)
    assert not accepts(phone, first)
    assert accepts(phone, second.upper().replace("-", " "))
    assert len(SecondFactor.objects.get().recovery_digests) == 8


def test_recovery_codes_of_somebody_else_open_nothing(phone: Phone) -> None:
    other = phone_of(builders.user())
    assert not accepts(phone, other.recovery[0])


def test_new_recovery_codes_replace_the_old_ones(phone: Phone) -> None:
    new = recovery_codes_renew(factor=phone.factor)
    assert not accepts(phone, phone.recovery[0])
    assert accepts(phone, new[0])


def test_one_that_is_only_begun_is_nobody_s_second_factor(clock: object, owner: User) -> None:
    second_factor_begin(user=owner, now=utc_now())
    assert second_factor_of(owner.pk) is None


def test_it_is_confirmed_by_its_own_code_only(clock: object, owner: User) -> None:
    begun = second_factor_begin(user=owner, now=utc_now())
    wrong = Phone(begun, secret_of(begun), []).wrong()
    with pytest.raises(WrongCode):
        second_factor_confirm(user=owner, factor_id=begun.pk, code=wrong, now=utc_now())
    with pytest.raises(NothingBegun):
        second_factor_confirm(user=owner, factor_id=uuid4(), code=wrong, now=utc_now())
    stranger = builders.user()
    code = code_at(secret_of(begun), utc_now())
    with pytest.raises(NothingBegun):
        second_factor_confirm(user=stranger, factor_id=begun.pk, code=code, now=utc_now())


def test_one_that_is_begun_anew_leaves_the_first_useless(clock: object, owner: User) -> None:
    first = second_factor_begin(user=owner, now=utc_now())
    code = code_at(secret_of(first), utc_now())
    second_factor_begin(user=owner, now=utc_now())
    with pytest.raises(NothingBegun):
        second_factor_confirm(user=owner, factor_id=first.pk, code=code, now=utc_now())


def test_the_old_one_stands_until_the_new_one_is_confirmed(phone: Phone, owner: User) -> None:
    begun = second_factor_begin(user=owner, now=utc_now())
    assert accepts(phone, phone.code())
    secret = secret_of(begun)
    second_factor_confirm(
        user=owner, factor_id=begun.pk, code=code_at(secret, utc_now()), now=utc_now()
    )
    old = SecondFactor.objects.get(pk=phone.factor.pk)
    assert (old.sealed_secret, old.recovery_digests, old.ended_why) == ("", [], "replaced")
    assert not accepts(phone, phone.code(utc_now() + STEP))
    assert not accepts(phone, phone.recovery[0])


def test_wrong_codes_are_slowed_and_then_not_even_looked_at(
    phone: Phone, clock: time_machine.Traveller
) -> None:
    for _ in range(5):
        assert not accepts(phone, phone.wrong())
    with pytest.raises(TooManyFailures) as told:
        accepts(phone, phone.code())
    assert told.value.wait_s == 1
    clock.shift(1)
    assert accepts(phone, phone.code())


def test_wrong_recovery_codes_count_as_wrong_codes(phone: Phone) -> None:
    for _ in range(5):
        assert not accepts(phone, recovery_codes_new()[0])
    with pytest.raises(TooManyFailures):
        accepts(phone, phone.recovery[0])


def test_guesses_at_one_person_s_codes_do_not_slow_another_s(phone: Phone) -> None:
    for _ in range(5):
        accepts(phone, phone.wrong())
    other = phone_of(builders.user())
    assert accepts(other, other.code())


def test_right_codes_use_nothing_up(phone: Phone, clock: time_machine.Traveller) -> None:
    for _ in range(10):
        assert accepts(phone, phone.code())
        clock.shift(30)


def test_without_redis_a_right_code_is_accepted(phone: Phone, dead_redis: None) -> None:
    assert accepts(phone, phone.code())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["code", "recovery"])
def test_of_the_same_code_twice_at_once_one_is_accepted(kind: str) -> None:
    with time_machine.travel(NOON, tick=False):
        phone = phone_of(builders.user())
        code = phone.code() if kind == "code" else phone.recovery[0]
        # Each has read the row before any of them has spent the code.
        read = [SecondFactor.objects.get(pk=phone.factor.pk) for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(_alone(code), read))
    assert sorted(found) == [False] * 5 + [True]


def _alone(code: str) -> Callable[[SecondFactor], bool]:
    def act(factor: SecondFactor) -> bool:
        try:
            return second_factor_accept(factor=factor, code=code, now=NOON)
        except TooManyFailures:
            return False
        finally:
            connection.close()

    return act


def test_what_rests_yields_no_code(phone: Phone) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(f)::text FROM access_secondfactor f")
        rest = cursor.fetchone()[0]
    for secret in (phone.secret.hex(), secret_uri(phone.secret, user_name="x")[30:60],
                   *phone.recovery, *(one.replace("-", "") for one in phone.recovery)):  # fmt: skip
        assert secret not in rest


def test_a_row_that_is_copied_to_somebody_else_does_not_open(phone: Phone) -> None:
    with pytest.raises(SecretLost):
        secret_open(phone.factor.sealed_secret, user_id=phone.factor.user_id + 1)


def test_another_secret_key_opens_nothing_but_recovery_codes_do(
    phone: Phone, settings: Any
) -> None:
    settings.SECRET_KEY = "another" * 10
    assert not accepts(phone, phone.code())
    assert accepts(phone, phone.recovery[0])


def test_the_key_before_opens_and_what_is_used_is_sealed_anew(phone: Phone, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert accepts(phone, phone.code())
    settings.SECRET_KEY_FALLBACKS = []
    assert accepts(phone, phone.code(utc_now() + STEP))


def test_a_sealed_secret_opens_to_itself() -> None:
    opened = secret_open(secret_seal(RFC_SECRET, user_id=7), user_id=7)
    assert (opened.secret, opened.is_stale) == (RFC_SECRET, False)


def test_nobody_has_two_and_one_that_ended_opens_nothing(phone: Phone, owner: User) -> None:
    facts = {"user": owner, "created_at": NOON, "sealed_secret": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondFactor.objects.create(confirmed_at=NOON, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondFactor.objects.create(ended_at=NOON, **facts)


def test_the_trail_tells_what_happened_and_no_secret(phone: Phone, owner: User) -> None:
    accepts(phone, phone.recovery[0])
    admin = builders.user("admin")
    second_factor_reset(user=owner, by=admin, reason="lost her phone", now=utc_now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_secondfactoraudit ORDER BY pgh_id")
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert not {"sealed_secret", "recovery_digests", "last_step"} & set(names)
    labels = [row["pgh_label"] for row in rows]
    assert (labels[0], sorted(labels[1:4])) == (
        "insert",
        ["recovery_digests_changed", "recovery_digests_changed", "update"],
    )
    assert rows[-1]["ended_why"] == "reset: lost her phone"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM access_secondfactoraudit")


def test_a_reset_ends_it_with_every_login(phone: Phone, owner: User) -> None:
    before = owner.get_session_auth_hash()
    second_factor_reset(user=owner, by=builders.user("admin"), reason="lost", now=utc_now())
    assert second_factor_of(owner.pk) is None
    owner.refresh_from_db()
    assert owner.get_session_auth_hash() != before


def test_nobody_resets_their_own_and_no_admin_a_superuser_s(clock: object, owner: User) -> None:
    admin, root = builders.user("admin"), builders.user(None, is_superuser=True)
    for person in (admin, root):
        phone_of(person)
    for user, by in ((admin, admin), (root, root), (root, admin)):
        with pytest.raises(MayNotReset):
            second_factor_reset(user=user, by=by, reason="lost", now=utc_now())
    assert SecondFactor.objects.filter(ended_at=None).count() == 2
    second_factor_reset(user=root, by=builders.user(None, is_superuser=True), reason="lost",
                        now=utc_now())  # fmt: skip
    with pytest.raises(NoSecondFactor):
        second_factor_reset(user=owner, by=admin, reason="lost", now=utc_now())


def test_it_is_turned_off_where_people_may_go_without_only(
    phone: Phone, owner: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    with pytest.raises(MustHaveOne):
        second_factor_turn_off(user=owner, now=utc_now())
    settings.STAFF_SECOND_FACTOR = "optional"
    second_factor_turn_off(user=owner, now=utc_now())
    assert second_factor_of(owner.pk) is None


def test_the_command_resets_with_a_reason(phone: Phone, owner: User) -> None:
    call_command("second_factor_reset", owner.username, "--reason", "the last admin")
    ended = SecondFactor.objects.get()
    assert (ended.ended_why, ended.sealed_secret) == ("reset: the last admin", "")
    with pytest.raises(CommandError, match="There is none"):
        call_command("second_factor_reset", owner.username, "--reason", "again")
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("second_factor_reset", "nobody", "--reason", "x")
    with pytest.raises(CommandError, match="say why"):
        call_command("second_factor_reset", owner.username, "--reason", " ")


def test_a_name_with_odd_signs_makes_a_sound_uri() -> None:
    uri = secret_uri(RFC_SECRET, user_name="zoë & co?")
    assert uri.startswith("otpauth://totp/LucidPay%20sandbox%3Azo%C3%AB%20%26%20co%3F?secret=GEZD")
    assert uri.endswith("&issuer=LucidPay%20sandbox")
