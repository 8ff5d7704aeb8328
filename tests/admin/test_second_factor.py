"""The second factor in the admin: made, shown once, asked for at login, reset by others."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from access.models import SecondFactor, User
from access.services.second_factor import second_factor_begin
from access.step_up import FIELD
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.phones import clock, phone, text_of
from tests.second_factor import CODE, PAGE, STEP, code_at, give_code, phone_of, secret_of

__all__ = ["clock"]  # of every test here
RESET = "/admin/access/user/{}/second-factor/"


@pytest.fixture
def olivia(enter: Enter) -> Client:
    """An operator's browser; the operator has a phone and has given the password only."""
    client = enter("operator", username="olivia")
    client.phone = phone_of(client.person)  # type: ignore[attr-defined]
    return client


def paths(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """Return every path below /admin/, with something in place of each argument."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(one.pattern, RoutePattern):
            continue  # the API's, and the admin's own for whatever is left
        uuid = re.sub(r"<uuid:\w+>", str(UUID(int=7)), str(one.pattern))
        path = before + re.sub(r"<[^>]+>", "1", uuid)
        if isinstance(one, URLResolver):
            yield from paths(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("admin/"):
            yield f"/{path}"


def test_no_page_of_the_admin_opens_to_a_password_alone(olivia: Client) -> None:
    open_to_all = {"/admin/login/", "/admin/logout/", CODE}
    found = sorted({*paths(), "/admin/whatever/", "/admin/audit/", "/admin/find/"} - open_to_all)
    assert len(found) > 200
    for path in found:
        for answer in (olivia.get(path), olivia.post(path, {"reason": "x"})):
            assert answer.status_code == 302, path
            assert answer["Location"].startswith(CODE), path


def test_the_roles_of_half_a_login_are_none_even_without_the_gate(
    olivia: Client, settings: Any
) -> None:
    gate = "access.gate.GateMiddleware"
    settings.MIDDLEWARE = [one for one in django_settings.MIDDLEWARE if one != gate]
    for model in pages.MODELS:
        assert olivia.get(pages.listing(model)).status_code == 403, model
    for path in ("/admin/audit/", "/admin/find/?q=x"):
        assert olivia.get(path).status_code in (302, 403)


def test_a_part_of_a_page_sends_the_whole_page_to_the_gate(olivia: Client) -> None:
    answer = olivia.get(pages.LIST, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"], answer.content) == (204, "true", b"")


def test_the_code_opens_the_page_that_was_wanted(olivia: Client) -> None:
    asked = olivia.get(f"{pages.LIST}?q=abc")
    form = text_of(olivia.get(asked["Location"]))
    assert 'value="/admin/payouts/payout/?q=abc"' in form
    assert "payouts_payout" not in form

    answer = give_code(olivia, phone(olivia).code(), next=f"{pages.LIST}?q=abc")

    assert (answer.status_code, answer["Location"]) == (302, f"{pages.LIST}?q=abc")  # type: ignore[attr-defined, index]
    assert olivia.get(pages.LIST).status_code == 200


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_it_leads_nowhere_else(olivia: Client, wanted: str) -> None:
    answer: Any = give_code(olivia, phone(olivia).code(), next=wanted)
    assert answer["Location"] == "/admin/"


def test_a_wrong_code_opens_nothing_and_is_not_written_back(olivia: Client) -> None:
    wrong = phone(olivia).wrong()
    answer: Any = give_code(olivia, wrong)
    assert answer.status_code == 200
    assert "Not accepted" in text_of(answer)
    assert wrong not in text_of(answer)
    assert olivia.get(pages.LIST).status_code == 302


def test_guessing_is_slowed(olivia: Client, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        give_code(olivia, phone(olivia).wrong())
    answer: Any = give_code(olivia, phone(olivia).code())
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    assert "Too many wrong codes. Try again in 1 seconds." in text_of(answer)
    clock.shift(1)
    give_code(olivia, phone(olivia).code())
    assert olivia.get(pages.LIST).status_code == 200


def test_a_code_that_one_session_has_spent_opens_no_other(olivia: Client) -> None:
    code = phone(olivia).code()
    give_code(olivia, code)
    other = Client()
    other.force_login(olivia.person)  # type: ignore[attr-defined]
    give_code(other, code)
    assert olivia.get(pages.LIST).status_code == 200
    assert other.get(pages.LIST).status_code == 302


def test_a_recovery_code_opens_it_too_and_the_next_page_says_how_many_are_left(
    olivia: Client,
) -> None:
    give_code(olivia, phone(olivia).recovery[0])
    page = text_of(olivia.get("/admin/"))
    assert "You have used a recovery code; 9 are left." in page


def test_who_knew_the_session_before_the_code_does_not_share_it(olivia: Client) -> None:
    before = olivia.cookies[django_settings.SESSION_COOKIE_NAME].value
    give_code(olivia, phone(olivia).code())
    assert olivia.cookies[django_settings.SESSION_COOKIE_NAME].value != before
    thief = Client()
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = before
    assert thief.get(pages.LIST)["Location"].startswith("/admin/login/")


def test_the_code_page_wants_the_token_of_its_form(olivia: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(olivia.person)  # type: ignore[attr-defined]
    for path in (CODE, *(f"{PAGE}{verb}/" for verb in ("begin", "confirm", "off"))):
        answer = strict.post(path, {FIELD: phone(olivia).code()})
        assert answer.status_code in (302, 403)
    assert strict.post(CODE, {FIELD: phone(olivia).code()}).status_code == 403
    assert SecondFactor.objects.filter(ended_at=None).count() == 1


def test_another_password_of_one_s_own_ends_what_the_code_opened(olivia: Client) -> None:
    give_code(olivia, phone(olivia).code())
    words = {"new_password1": "another horse battery", "new_password2": "another horse battery"}
    olivia.post("/admin/password_change/", {"old_password": builders.PASSWORD, **words})
    assert olivia.get(pages.LIST)["Location"].startswith(CODE)


def test_another_phone_ends_what_the_first_opened_elsewhere(olivia: Client) -> None:
    give_code(olivia, phone(olivia).code())
    phone_of(olivia.person)  # type: ignore[attr-defined]
    assert olivia.get(pages.LIST)["Location"].startswith(CODE)


def enrol(client: Client) -> tuple[bytes, Any]:
    """Set a second factor up as a person does; return its secret and the last answer."""
    client.post(f"{PAGE}begin/")
    begun = SecondFactor.objects.get(confirmed_at=None, ended_at=None)
    secret = secret_of(begun)
    return secret, client.post(f"{PAGE}confirm/", {"code": code_at(secret, utc_now())})


def test_somebody_makes_one_sees_the_secret_until_then_and_the_codes_once(enter: Enter) -> None:
    client = enter("operator")
    assert "You have no second factor" in text_of(client.get(PAGE))
    client.post(f"{PAGE}begin/")
    shown = text_of(client.get(PAGE))
    secret = re.findall(r'id="secret">([A-Z2-7 ]{39})<', shown)[0]
    assert "<svg" in shown

    wrong = client.post(f"{PAGE}confirm/", {"code": "12345x"})
    assert "Not accepted" in text_of(wrong)
    raw = secret_of(SecondFactor.objects.get())
    answer = client.post(f"{PAGE}confirm/", {"code": code_at(raw, utc_now())})

    codes = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", text_of(answer))
    assert len(set(codes)) == 10
    assert "no-store" in answer["Cache-Control"]
    assert client.get(pages.LIST).status_code == 200, "who has just confirmed has given a code"
    for path in (PAGE, "/admin/", pages.detail(client.person), "/admin/audit/"):  # type: ignore[attr-defined]
        page = text_of(client.get(path))
        assert secret not in page
        assert secret.replace(" ", "") not in page
        assert not [one for one in codes if one in page]
        assert "<svg" not in page or path != PAGE
    assert secret not in str(dict(client.session))


def test_what_was_begun_is_shown_in_that_session_only(enter: Enter) -> None:
    client = enter("operator")
    client.post(f"{PAGE}begin/")
    thief = Client()
    thief.force_login(client.person)  # type: ignore[attr-defined]
    assert "<svg" not in text_of(thief.get(PAGE))
    secret = secret_of(SecondFactor.objects.get())
    answer = thief.post(f"{PAGE}confirm/", {"code": code_at(secret, utc_now())})
    assert answer.status_code == 302
    assert SecondFactor.objects.filter(confirmed_at__isnull=False).count() == 0


def test_replacing_new_codes_and_turning_off_want_a_code(olivia: Client) -> None:
    give_code(olivia, phone(olivia).code())
    for verb in ("begin", "recovery-codes", "off"):
        answer = olivia.post(f"{PAGE}{verb}/", {FIELD: phone(olivia).wrong()})
        assert "Not accepted" in text_of(answer), verb
        assert "This field is required" in text_of(olivia.post(f"{PAGE}{verb}/")), verb
        assert olivia.get(f"{PAGE}{verb}/").status_code == 405
    factor = SecondFactor.objects.get()
    assert (factor.pk, len(factor.recovery_digests)) == (phone(olivia).factor.pk, 10)


def test_somebody_replaces_theirs(olivia: Client, clock: time_machine.Traveller) -> None:
    give_code(olivia, phone(olivia).code())
    clock.shift(30)
    olivia.post(f"{PAGE}begin/", {FIELD: phone(olivia).code()})
    assert "stays in force until" in text_of(olivia.get(PAGE))
    secret = secret_of(SecondFactor.objects.get(confirmed_at=None))
    olivia.post(f"{PAGE}confirm/", {"code": code_at(secret, utc_now())})
    assert olivia.get(pages.LIST).status_code == 200
    standing = SecondFactor.objects.get(ended_at=None)
    assert secret_of(standing) == secret


def test_somebody_turns_theirs_off_unless_staff_must_have_one(
    olivia: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    give_code(olivia, phone(olivia).code())
    clock.shift(30)
    settings.STAFF_SECOND_FACTOR = "required"
    olivia.post(f"{PAGE}off/", {FIELD: phone(olivia).code()})
    assert "staff must have a second factor" in text_of(olivia.get(PAGE))
    assert SecondFactor.objects.filter(ended_at=None).count() == 1
    settings.STAFF_SECOND_FACTOR = "optional"
    olivia.post(f"{PAGE}off/", {FIELD: phone(olivia).code()})
    assert SecondFactor.objects.filter(ended_at=None).count() == 0
    assert olivia.get(pages.LIST).status_code == 200


@pytest.mark.parametrize("role", ["operator", "approver", "auditor", "admin"])
def test_where_all_must_have_one_the_only_page_is_where_it_is_made(
    enter: Enter, settings: Any, role: str
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    client = enter(role)
    for path in ("/admin/", pages.LIST, "/admin/password_change/", f"{PAGE}off/"):
        assert client.get(path)["Location"] == PAGE, path
    assert client.get(CODE)["Location"] == PAGE
    page = text_of(client.get(PAGE))
    assert "The console opens once you have a second factor" in page
    assert pages.LIST not in page
    enrol(client)
    assert client.get(pages.LIST).status_code == 200


@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant"])
def test_who_is_no_staff_is_sent_to_the_login_page(enter: Enter, role: str) -> None:
    client = enter(role, is_staff=False)
    for path in (PAGE, CODE, f"{PAGE}begin/"):
        assert client.post(path)["Location"].startswith("/admin/login/")
    assert not SecondFactor.objects.exists()


def test_an_admin_resets_somebody_s_and_the_trail_says_why(enter: Enter, olivia: Client) -> None:
    give_code(olivia, phone(olivia).code())
    admin, olga = enter("admin"), olivia.person  # type: ignore[attr-defined]
    assert RESET.format(olga.pk) in text_of(admin.get(pages.detail(olga)))

    assert "This field is required" in text_of(admin.post(RESET.format(olga.pk), {"reason": ""}))
    admin.post(RESET.format(olga.pk), {"reason": "phone stolen, met her in person"})

    ended = SecondFactor.objects.get()
    assert (ended.ended_why, ended.sealed_secret) == (
        "reset: phone stolen, met her in person", "",
    )  # fmt: skip
    assert olivia.get(pages.LIST)["Location"].startswith("/admin/login/")
    trail = text_of(admin.get("/admin/audit/"))
    assert "phone stolen, met her in person" in trail
    assert admin.person.username in trail  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["operator", "approver", "auditor"])
def test_only_admins_reset(enter: Enter, olivia: Client, role: str) -> None:
    answer = enter(role).post(RESET.format(olivia.person.pk), {"reason": "x"})  # type: ignore[attr-defined]
    assert answer.status_code == 403
    assert SecondFactor.objects.filter(ended_at=None).exists()


def test_no_admin_resets_their_own_or_a_superuser_s(enter: Enter) -> None:
    admin = enter("admin")
    root: User = builders.user(None, is_superuser=True, is_staff=True)
    phone_of(root)
    assert admin.post(RESET.format(root.pk), {"reason": "x"}).status_code == 403
    mine = phone_of(admin.person)  # type: ignore[attr-defined]
    give_code(admin, mine.code())
    answer = admin.post(RESET.format(admin.person.pk), {"reason": "x"})  # type: ignore[attr-defined]
    assert answer["Location"] == PAGE
    assert SecondFactor.objects.filter(ended_at=None).count() == 2


def test_the_list_of_users_says_who_has_one(enter: Enter, olivia: Client) -> None:
    page = text_of(enter("admin").get(pages.USERS))
    assert page.count("in force") == 1


def test_one_that_somebody_only_began_does_not_ask(enter: Enter) -> None:
    client = enter("operator")
    second_factor_begin(user=client.person, now=utc_now())  # type: ignore[attr-defined]
    assert client.get(pages.LIST).status_code == 200


def test_no_code_and_no_secret_is_logged(
    olivia: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    codes = [phone(olivia).wrong(), phone(olivia).recovery[0], phone(olivia).code()]
    for code in codes:
        give_code(olivia, code)
    give_code(olivia, phone(olivia).code(utc_now() + STEP))
    told = caplog.text + "".join(capfd.readouterr())
    assert "second_factor_failed" in told
    assert not [code for code in codes if code in told]
