"""One field that finds whatever is pasted into it, for those who may see it."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import User
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.rows import one_of_each
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def find(client: Client, term: str) -> str:
    """Return where it leads, or the page of all that was found."""
    answer = client.get(f"/admin/find/?q={quote(term)}")
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def test_a_pasted_txid_or_id_leads_to_the_payout_and_says_what_else_bears_it(
    enter: Enter, payee_owner: User
) -> None:
    payout = one_of_each(payee_owner)["payouts_payout"]
    payout.refresh_from_db()
    client = enter("operator")
    for term in (payout.public_id, payout.pk.hex, f"  {payout.pk} ", payout.transaction.txid):
        assert find(client, term) == pages.detail(payout)
    assert "Found elsewhere, too" in client.get(pages.detail(payout)).content.decode()
    everything = client.get(f"/admin/find/?all=1&q={payout.transaction.txid}").content.decode()
    assert pages.detail(payout) in everything
    assert pages.detail(payout.transaction) in everything


def test_a_reference_an_address_and_a_name_are_found(enter: Enter, payee_owner: User) -> None:
    payout = builders.payout(payee_owner, reference_id="invoice-7")
    client = enter("operator")
    assert find(client, "invoice-7") == pages.detail(payout)
    assert find(client, payout.recipient_address) == pages.detail(payout)
    assert find(client, "acme-pay") == pages.detail(payout)  # people have no page for operators
    wallet = Wallet.objects.get()
    assert find(client, str(wallet.address)) == pages.detail(wallet)


def test_of_many_it_shows_some_and_where_the_others_are(enter: Enter, payee_owner: User) -> None:
    for _ in range(7):
        builders.payout(payee_owner)
    page = find(enter("operator"), "acme-payroll")
    assert page.count("/admin/payouts/payout/0") == 5
    assert "/admin/payouts/payout/?q=acme-payroll" in page


def test_the_beginning_of_a_key_leads_those_to_it_who_may_see_keys(
    enter: Enter, payee_owner: User
) -> None:
    key, _ = builders.api_key(payee_owner)
    assert find(enter("admin"), key.prefix) == pages.detail(key)
    assert "Nothing bears" in find(enter("operator"), key.prefix)


@pytest.mark.parametrize("term", ["nothing of ours", "\x00", "%", "'; --", "x" * 500, "0" * 64])
def test_it_shows_nothing_when_nothing_bears_it(enter: Enter, payee_owner: User, term: str) -> None:
    payout = builders.payout(payee_owner)
    page = find(enter("operator"), term)
    assert "Find anything" in page
    assert pages.detail(payout) not in page


def test_an_empty_field_finds_nothing(enter: Enter, payee_owner: User) -> None:
    payout = builders.payout(payee_owner)
    page = find(enter("operator"), "   ")
    assert pages.detail(payout) not in page


@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant", None])
def test_those_without_a_place_here_find_nothing(
    enter: Enter, payee_owner: User, role: str | None
) -> None:
    payout = builders.payout(payee_owner)
    assert enter(role).get(f"/admin/find/?q={payout.public_id}").status_code == 403


def test_it_asks_as_much_of_many_rows_as_of_few(enter: Enter, payee_owner: User) -> None:
    client = enter("admin")

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            find(client, "acme-payroll")
        return len(asked)

    for _ in range(2):
        builders.payout(payee_owner)
    few = statements()
    for _ in range(20):
        builders.payout(payee_owner)
    assert statements() == few


def test_no_page_runs_a_script_that_is_not_a_file_of_ours(enter: Enter) -> None:
    policy = enter("operator").get("/admin/find/")["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not any("unsafe-eval" in one for one in policy)
