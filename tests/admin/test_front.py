"""The front page of the admin: what needs a person, figures, and how it renews itself."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from tests import builders
from tests.admin.conftest import Enter
from tests.api.test_bounded_queries import every_statement_is_bounded
from tests.builders import USDT
from tron.halt import halt
from tron.models import HaltCause

FRONT, LIVE = "/admin/", "/admin/front/"
CONSOLE_ROLES = ("operator", "approver", "auditor", "admin")
OTHER_ROLES = ("end_user", "node_operator", "merchant", None)


def page(client: Client, address: str = FRONT) -> str:
    """Return what a page says."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def statements(client: Client, address: str = LIVE) -> list[str]:
    """Return the statements of the page that tell of payouts, chain and books."""
    with CaptureQueriesContext(connection) as captured:
        page(client, address)
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("role", CONSOLE_ROLES)
@pytest.mark.parametrize("address", [FRONT, LIVE])
def test_a_role_of_the_console_sees_needs_figures_and_wallets(
    payee_owner: User, enter: Enter, role: str, address: str
) -> None:
    builders.payout(payee_owner, status="confirmed", amount_usdt=1_234 * USDT)
    halt(cause=HaltCause.BOOKS, subject="t", reason="a drill", by="t", now=utc_now())

    told = page(enter(role), address)

    assert "The kill switch is on" in told
    assert "1,234.00 USDT" in told
    assert "How long wallets last" in told


def test_the_list_of_models_is_gone_and_a_place_to_search_is_kept(
    payee_owner: User, enter: Enter
) -> None:
    told = page(enter())

    assert "<h1" in told
    assert "Overview" in told
    assert 'id="content-main"' not in told


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_staff_without_a_role_of_the_console_is_told_nothing(
    payee_owner: User, enter: Enter, role: str | None
) -> None:
    halt(cause=HaltCause.BOOKS, subject="t", reason="a drill", by="t", now=utc_now())
    client = enter(role)

    assert "lp-front" not in page(client)
    assert client.get(LIVE).status_code == 403


def test_a_stranger_and_who_is_no_staff_are_led_to_the_login(db: None, enter: Enter) -> None:
    for client in (Client(), enter("operator", is_staff=False)):
        answer = client.get(LIVE)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_a_role_that_is_taken_away_ends_the_renewal(payee_owner: User, enter: Enter) -> None:
    client = enter("operator")
    page(client, LIVE)

    client.person.groups.clear()  # type: ignore[attr-defined]

    assert client.get(LIVE).status_code == 403


def test_it_is_never_kept_and_changes_nothing(payee_owner: User, enter: Enter) -> None:
    client = enter()

    assert "no-store" in client.get(LIVE)["Cache-Control"]
    writes = [sql for sql in statements(client) if not sql.startswith(("SELECT", "\nSELECT"))]
    assert [sql for sql in writes if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql)] == []


def test_the_needs_alone_are_told_without_the_figures(payee_owner: User, enter: Enter) -> None:
    client = enter()
    told = page(client, f"{LIVE}?needs")

    assert "lp-front-list" in told
    assert "lp-front-figures" not in told
    assert "payouts_tally" not in "".join(statements(client, f"{LIVE}?needs"))


def test_no_script_stands_in_the_page_and_no_handler(payee_owner: User, enter: Enter) -> None:
    told = page(enter(), LIVE)

    assert "<script" not in told
    assert not re.search(r"\son\w+=", told)


def test_what_people_wrote_is_shown_as_text(payee_owner: User, enter: Enter) -> None:
    halt(cause=HaltCause.NODE, subject="t", reason="<b>x</b>", by="t", now=utc_now())

    assert "&lt;b&gt;x&lt;/b&gt;" in page(enter(), LIVE)


def test_headings_and_tables_are_told_to_screen_readers(payee_owner: User, enter: Enter) -> None:
    builders.payout(payee_owner, status="confirmed")
    told = page(enter(), LIVE)

    ids = re.findall(r'id="([^"]+)"', told)
    assert len(ids) == len(set(ids))
    for named in re.findall(r'aria-labelledby="([^"]+)"', told):
        assert set(named.split()) <= set(ids), named
    assert told.count("aria-live") == 1
    assert all('scope="' in cell for cell in re.findall(r"<th\b[^>]*>", told))
    assert told.count("<svg") == told.count("<desc") == told.count("<details") > 3


def test_the_number_of_statements_does_not_grow(payee_owner: User, enter: Enter) -> None:
    builders.lift_limits()
    client = enter("approver")
    _payouts(payee_owner, 2)
    page(client, LIVE)
    few = len(statements(client))

    _payouts(payee_owner, 20)
    _copy(1_000)

    with every_statement_is_bounded():
        assert len(statements(client)) == few
    assert Payout.objects.count() > 1_000
    assert few < 45


def _payouts(owner: User, number: int) -> None:
    """Make payouts of each kind that the page has a line for, an hour old."""
    past = utc_now() - timedelta(hours=1)
    for _ in range(number):
        for status in ("pending", "processing", "confirmed", "failed"):
            builders.payout(owner, status=status, now=past)
        builders.in_review(owner)


def _copy(number: int) -> None:
    """Copy one payout that failed this many times, past all services."""
    failed: Any = Payout.objects.filter(status="failed").first()
    fields = {field.attname: getattr(failed, field.attname) for field in Payout._meta.fields}
    fields |= {"reference_id": None, "transaction_id": None}
    del fields["id"]
    Payout.objects.bulk_create(Payout(**fields) for _ in range(number))
