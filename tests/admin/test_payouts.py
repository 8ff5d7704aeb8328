"""The list and the page of payouts: found by anything, at a constant price, told in words."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import User
from access.paginator import BoundedPaginator
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.settle import payouts_settle
from payouts.services.wait import NO_USDT
from payouts.states import Status
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tron.models import ChainTransaction, NodeAnswer, TxStatus


def shown(client: Client, **query: str) -> list[Payout]:
    """Return the payouts on the list's page."""
    answer = client.get(pages.LIST, query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def statements(client: Client, address: str) -> int:
    """Return how many SQL statements a page costs."""
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_it_finds_a_payout_by_whatever_is_pasted(payee_owner: User, enter: Enter) -> None:
    paid = builders.payout(payee_owner, status=Status.CONFIRMED, reference_id="salary-42")
    builders.payout(builders.user(username="bob"))
    client = enter()

    assert paid.transaction is not None
    for term in (
        paid.public_id,
        paid.pk.hex,
        str(paid.pk),
        f"  {paid.public_id} ",
        paid.transaction.txid,
        paid.transaction.txid.upper(),
        paid.recipient_address,
        "salary-42",
        "acme",
    ):
        assert shown(client, q=term) == [paid], term


def test_it_finds_nothing_for_what_does_not_exist(payee_owner: User, enter: Enter) -> None:
    builders.payout(payee_owner)
    client = enter()

    for term in ("0" * 32, "0" * 64, builders.address(), "no-such-reference"):
        assert shown(client, q=term) == [], term


def test_it_finds_a_reference_that_looks_like_an_id(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, reference_id="a" * 32)

    assert shown(enter(), q="a" * 32) == [payout]


def test_it_filters_by_status_and_time(payee_owner: User, enter: Enter) -> None:
    old = builders.payout(payee_owner)
    paid = builders.payout(payee_owner, status=Status.CONFIRMED)
    client = enter()

    assert shown(client, status__exact="confirmed") == [paid]
    assert shown(client, created="hour") == [paid, old]
    assert shown(client, created="yesterday") == []
    assert shown(client, router_type__exact="PayoutRouterKYC") == []


def test_the_list_and_its_pages_cost_the_same_for_10_and_200_payouts(
    payee_owner: User, enter: Enter
) -> None:
    client = enter()
    for _ in range(10):
        builders.payout(payee_owner, status=Status.PROCESSING)
    few = statements(client, pages.LIST)

    Payout.objects.bulk_create(_copies(190))

    assert Payout.objects.count() == 200
    assert statements(client, pages.LIST) == few
    assert statements(client, f"{pages.LIST}?p=4") == few
    assert few <= 7  # one of them asks for the second factor of whoever looks


def _copies(number: int) -> list[Payout]:
    """Return further payouts like the newest one, pending and not stored yet."""
    like = Payout.objects.order_by("-pk").first()
    assert like is not None
    copies = []
    for _ in range(number):
        fields = {field.attname: getattr(like, field.attname) for field in Payout._meta.fields}
        del fields["id"]
        copies.append(Payout(**fields | {"status": "pending", "transaction_id": None}))
    return copies


def test_the_page_of_a_payout_costs_the_same_however_many_answers_it_had(
    payee_owner: User, enter: Enter
) -> None:
    payout = builders.payout(payee_owner, status=Status.PROCESSING)
    client = enter()
    client.get(pages.detail(payout))  # a process looks its content types up once
    before = statements(client, pages.detail(payout))

    NodeAnswer.objects.bulk_create(
        NodeAnswer(transaction=payout.transaction, node="n", outcome="unknown", code="SERVER_BUSY",
                   at=utc_now())
        for _ in range(100)
    )  # fmt: skip

    assert statements(client, pages.detail(payout)) == before
    page = client.get(pages.detail(payout)).content.decode()
    assert page.count("SERVER_BUSY") == 20
    assert "older ones left out" in page


def test_no_page_counts_or_lies_deeper_than_its_bound(
    payee_owner: User, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("access.paginator.COUNT_MAX", 3)
    monkeypatch.setattr("payouts.admin.PayoutAdmin.list_per_page", 2)
    for _ in range(5):
        builders.payout(payee_owner)
    client = enter()

    answer = client.get(pages.LIST)

    assert answer.context["cl"].result_count == 3
    assert isinstance(answer.context["cl"].paginator, BoundedPaginator)
    assert "the newest 3 payouts" in answer.content.decode()
    assert len(shown(client, p="2")) == 1
    assert client.get(f"{pages.LIST}?p=3").status_code == 302
    assert "?all=" not in answer.content.decode()


def test_nobody_can_make_it_count_by_facets(payee_owner: User, enter: Enter) -> None:
    client = enter()

    assert statements(client, f"{pages.LIST}?_facets=True") == statements(client, pages.LIST)


def test_it_says_why_a_payout_waits(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)
    Payout.objects.filter(pk=payout.pk).update(wait_reason=NO_USDT)
    client = enter()

    assert NO_USDT in client.get(pages.LIST).content.decode()
    page = client.get(pages.detail(payout)).content.decode()
    assert f"Waiting: {NO_USDT}" in page
    assert "as soon as enough solid USDT" in page


def test_it_says_when_the_signer_stands_still(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, now=utc_now() - timedelta(hours=1))

    page = enter().get(pages.detail(payout)).content.decode()

    assert "Should have been signed by now" in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.PENDING, "Waits for the signer"),
        (Status.PROCESSING, "not a byte of it has been sent yet"),
        (Status.CONFIRMED, "Paid: 12.50 USDT to "),
        (Status.FAILED, "the fee limit did not buy enough energy"),
        (Status.CANCELLED, "Nothing was paid and nothing can be."),
    ],
)
def test_it_says_in_words_where_a_payout_stands(
    payee_owner: User, enter: Enter, status: Status, words: str
) -> None:
    payout = builders.payout(payee_owner, status=status)

    assert words in enter().get(pages.detail(payout)).content.decode()


def test_it_tells_the_proof_of_death_and_the_next_attempt(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, status=Status.PROCESSING)
    builders.chain_says(payout, TxStatus.DEAD)
    first = ChainTransaction.objects.get(subject=payout.pk)
    proof = {
        "reference_block": 1000,
        "reference_block_id": first.ref_block_id,
        "expiration_ms": first.expiration_ms,
        "solid_block": 1041,
        "solid_block_id": "0" * 64,
        "solid_block_time_ms": first.expiration_ms + 1000,
        "blocks_scanned": 41,
    }
    ChainTransaction.objects.filter(pk=first.pk).update(proof=proof)
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    second = builders.signed(payout)

    page = enter().get(pages.detail(payout)).content.decode()

    assert "Proven dead: it was valid until" in page
    assert "Solid block 1,041" in page
    assert "all 41 blocks after that were read" in page
    assert page.index("Attempt 1: dead") < page.index("Attempt 2: signed")
    assert first.txid in page
    assert second.txid in page


def test_it_shows_a_death_whose_proof_was_noted_otherwise(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner, status=Status.PROCESSING)
    dead = builders.chain_says(payout, TxStatus.DEAD)
    ChainTransaction.objects.filter(pk=dead.pk).update(proof={"noted_otherwise": 1})

    page = enter().get(pages.detail(payout)).content.decode()

    assert "noted_otherwise" in page


def test_it_calls_for_a_person_when_the_receipt_contradicts(
    payee_owner: User, enter: Enter
) -> None:
    payout = builders.payout(payee_owner, status=Status.PROCESSING)
    builders.chain_says(payout, TxStatus.CONTRADICTED)
    payouts_settle(now=utc_now())

    page = enter().get(pages.detail(payout)).content.decode()

    assert "A person must look" in page
    assert "Money may have moved otherwise than asked" in page


def test_it_shows_what_is_held_and_what_is_booked(payee_owner: User, enter: Enter) -> None:
    held = builders.payout(payee_owner, status=Status.PROCESSING)
    paid = builders.payout(payee_owner, status=Status.CONFIRMED)
    client = enter()

    assert "30.345 TRX" in client.get(pages.detail(held)).content.decode()
    page = client.get(pages.detail(paid)).content.decode()
    assert "-12.50 USDT" in page
    assert "-13.50 TRX" in page


def test_what_callers_send_is_shown_and_not_run(payee_owner: User, enter: Enter) -> None:
    evil = "<script>alert(1)</script>"
    payout = builders.payout(payee_owner, reason=evil, reference_id=evil, metadata={"a": evil})
    client = enter()

    for address in (pages.LIST, pages.detail(payout)):
        assert evil not in client.get(address).content.decode()
