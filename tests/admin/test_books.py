"""People explain in the admin what the books could not, and name who fills the wallets."""

from typing import Any

import pytest
from django.urls import reverse

from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.rows import unexplained_in
from wallets.models import FundingSource, Journal, Wallet

SOURCES = "/admin/wallets/fundingsource/"


@pytest.fixture
def unexplained(wallet: Wallet) -> Journal:
    """5 USDT from a stranger."""
    return unexplained_in(wallet)


def explain(journal: Journal) -> str:
    return reverse("admin:wallets_journal_explain", args=[journal.pk])


@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_a_person_explains_a_booking_with_a_reason(
    enter: Enter, unexplained: Journal, role: str
) -> None:
    client = enter(role)
    assert explain(unexplained) in client.get(pages.detail(unexplained)).content.decode()
    asked = client.get(explain(unexplained)).content.decode()
    assert "5.00 USDT" in asked
    assert client.post(explain(unexplained), {"reason": " "}).status_code == 200
    assert not Journal.objects.filter(kind="assigned").exists()
    assert client.post(explain(unexplained), {"reason": "treasury"}).status_code == 302
    booked = Journal.objects.get(kind="assigned")
    person: Any = client.person  # type: ignore[attr-defined]
    assert (booked.by, booked.note) == (person.username, "treasury")
    assert explain(unexplained) not in client.get(pages.detail(unexplained)).content.decode()
    assert client.post(explain(unexplained), {"reason": "again"}).status_code == 403
    assert Journal.objects.filter(kind="assigned").count() == 1


def test_an_auditor_only_looks(enter: Enter, unexplained: Journal) -> None:
    client = enter("auditor")
    page = client.get(pages.detail(unexplained))
    assert page.status_code == 200
    assert explain(unexplained) not in page.content.decode()
    assert client.post(explain(unexplained), {"reason": "x"}).status_code == 403
    assert client.get(f"{SOURCES}add/").status_code == 403
    assert not Journal.objects.filter(kind="assigned").exists()


def test_what_waits_for_an_explanation_is_found(enter: Enter, unexplained: Journal) -> None:
    found = enter().get(f"{pages.listing('wallets_journal')}?explanation=missing")
    assert found.context["cl"].result_count == 1


def test_a_source_is_added_under_one_s_name_and_taken_back(enter: Enter, wallet: Wallet) -> None:
    client = enter("operator")
    address = builders.address()
    for wrong in ("Tnonsense", str(wallet.address)):
        answer = client.post(f"{SOURCES}add/", {"address": wrong, "note": "x"})
        assert answer.status_code == 200
    assert not FundingSource.objects.exists()
    added = client.post(f"{SOURCES}add/", {"address": address, "note": "exchange"})
    assert added.status_code == 302
    source = FundingSource.objects.get()
    person: Any = client.person  # type: ignore[attr-defined]
    assert (source.address, source.note, source.added_by) == (address, "exchange", person.username)
    assert client.post(pages.detail(source), {"address": "x"}).status_code == 403
    back = reverse("admin:wallets_fundingsource_take_back", args=[source.pk])
    assert client.get(back).status_code == 200
    assert enter("auditor").post(back).status_code == 403
    assert client.post(back).status_code == 302
    source.refresh_from_db()
    assert source.removed_by == person.username
    assert client.post(back).status_code == 403
