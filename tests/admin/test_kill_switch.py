"""The kill switch in the admin: easily pulled, seen on every page, let go of by admins alone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tron.halt import REASON_MAX, halt, pull
from tron.models import Halt, HaltCause

pytestmark = pytest.mark.django_db
HOME = pages.listing("tron_halt")
STOP, LIFT = reverse("admin:tron_halt_stop"), reverse("admin:tron_halt_lift")
PULLERS = ("operator", "approver", "admin")


def outflow() -> Halt:
    """Money left, and nobody knows why."""
    return halt(
        cause=HaltCause.OUTFLOW, subject="ab" * 32, reason="7 USDT left hot-1", by="books",
        now=utc_now(),
    )  # fmt: skip


@pytest.mark.parametrize("role", PULLERS)
def test_whoever_cancels_payouts_stops_everything_at_once(enter: Enter, role: str) -> None:
    client = enter(role, username="olivia")
    assert "Stop everything" in client.get(HOME).content.decode()
    answer = client.post(STOP, {"reason": "A key may have leaked."}, follow=True)
    made = Halt.objects.get()
    assert (made.cause, made.by, made.lifted_at) == (HaltCause.OPERATOR, "olivia", None)
    page = answer.content.decode()
    assert "Nothing is signed, nothing is sent" in page
    assert "A key may have leaked." in page


@pytest.mark.parametrize("role", ["auditor", "end_user", "node_operator", "merchant", None])
def test_nobody_else_stops_or_lifts(enter: Enter, role: str | None) -> None:
    open_halt, client = outflow(), enter(role)
    assert client.post(STOP, {"reason": "x"}).status_code == 403
    assert client.get(LIFT).status_code == 403
    assert client.post(LIFT, {"reason": "x", "halts": [open_halt.pk]}).status_code == 403
    assert Halt.objects.filter(lifted_at=None).count() == 1


def test_an_auditor_reads_who_stopped_it_and_why(enter: Enter) -> None:
    outflow()
    page = enter("auditor").get(HOME).content.decode()
    assert "7 USDT left hot-1" in page
    assert "operators, approvers and admins may" in page
    assert STOP not in page
    assert LIFT not in page


@pytest.mark.parametrize("role", ["operator", "approver"])
def test_who_stops_is_told_who_lifts(enter: Enter, role: str) -> None:
    open_halt, client = outflow(), enter(role)
    page = client.get(HOME).content.decode()
    assert "Your role does not let it go on; an admin may" in page
    assert LIFT not in page
    assert client.post(LIFT, {"reason": "over", "halts": [open_halt.pk]}).status_code == 403
    open_halt.refresh_from_db()
    assert open_halt.lifted_at is None


def test_an_admin_lifts_what_is_ticked_and_nothing_else(enter: Enter) -> None:
    mine, other = outflow(), pull(reason="a drill", by="olivia", now=utc_now())
    client = enter("admin", username="ada")
    page = client.get(LIFT).content.decode()
    assert "Look first" in page
    assert "bring the rest to safety" in page
    client.post(LIFT, {"reason": "It was us: moved by hand.", "halts": [mine.pk]})
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.lifted_by, mine.lifted_reason) == ("ada", "It was us: moved by hand.")
    assert other.lifted_at is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "over"}, "Tick what you have read"),
        ({"halts": "mine"}, "This field is required"),
        ({"reason": "over", "halts": "x"}, "Select a valid choice"),
        ({"reason": "x" * (REASON_MAX + 1), "halts": "mine"}, "at most 500 characters"),
    ],
)
def test_what_is_not_said_or_not_ticked_lifts_nothing(
    enter: Enter, fields: dict[str, str], said: str
) -> None:
    open_halt = outflow()
    if fields.get("halts") == "mine":
        fields = fields | {"halts": str(open_halt.pk)}
    assert said in enter("admin").post(LIFT, fields).content.decode()
    open_halt.refresh_from_db()
    assert open_halt.lifted_at is None


def test_stopping_twice_is_one_halt_and_lifting_twice_says_so(enter: Enter) -> None:
    client = enter("admin")
    for _ in range(2):
        client.post(STOP, {"reason": "a drill"})
    made = Halt.objects.get()
    fields = {"reason": "over", "halts": [made.pk]}
    assert "Signing and sending go on" in client.post(LIFT, fields, follow=True).content.decode()
    again = client.post(LIFT, fields, follow=True).content.decode()
    assert "None of these halts is open" in again
    assert Halt.objects.get().lifted_reason == "over"


def test_nothing_is_stopped_without_a_word_or_by_a_link(enter: Enter) -> None:
    client = enter()
    assert "This field is required" in client.post(STOP, {"reason": "  "}).content.decode()
    assert client.get(STOP).status_code == 405
    assert not Halt.objects.exists()


def test_another_site_can_neither_stop_nor_lift(enter: Enter) -> None:
    person = enter("admin").person  # type: ignore[attr-defined]
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(STOP, {"reason": "x"}).status_code == 403
    open_halt = outflow()
    assert client.post(LIFT, {"reason": "x", "halts": [open_halt.pk]}).status_code == 403
    assert Halt.objects.filter(lifted_at=None).count() == 1


def test_every_page_says_that_all_stands_still(enter: Enter) -> None:
    builders.hot_wallet()
    client = enter("auditor")
    for address in ("/admin/", pages.LIST, "/admin/audit/"):
        assert "All stands still." not in client.get(address).content.decode()
    outflow()
    for address in ("/admin/", pages.LIST, "/admin/audit/"):
        assert "All stands still." in client.get(address).content.decode(), address
    assert "All stands still." not in client.get(HOME).content.decode()  # it says so itself
    assert "7 USDT left" not in enter(None).get("/admin/").content.decode()


def test_the_page_asks_as_much_for_many_halts_as_for_one(enter: Enter) -> None:
    client = enter("admin")
    counts = []
    for _ in range(2):
        for number in range(5):
            pull(reason=f"drill {number} {len(counts)}", by="olivia", now=utc_now())
        with CaptureQueriesContext(connection) as seen:
            client.get(HOME)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_who_stopped_it_stands_in_the_audit_trail(enter: Enter) -> None:
    client = enter("operator", username="olivia")
    client.post(STOP, {"reason": "a drill"})
    shown = client.get("/admin/audit/", {"model": "tron.Halt"}).content.decode()
    assert "olivia" in shown
