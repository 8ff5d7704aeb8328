"""A payout file in the admin: uploaded, mapped, reported on, submitted, and never paid twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lucidpay.clock import utc_now
from payouts.models import Payout, Review
from payouts.models_batch import Batch
from payouts.models_limits import LimitKind
from payouts.models_upload import BatchUpload
from payouts.services.batch import batch_cancel
from payouts.services.limits import limit_set
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_payouts import statements
from tests.admin.uploads import NEW, checked, csv_of, mapped, page, rows_of, send, submit, uploaded
from tests.admin.uploads import work as worker

MAY = ("operator", "approver", "admin")
MAY_NOT = ("auditor", "end_user", "node_operator", "merchant", None)
LIST = "/admin/payouts/batch/"


@pytest.fixture(autouse=True)
def _paying(wallet: Any) -> None:
    """All of these need a wallet that pays."""


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize("role", MAY)
def test_a_file_becomes_a_batch_that_somebody_else_must_approve(enter: Enter, role: str) -> None:
    client = enter(role)
    assert NEW in text(client, LIST)
    rows = rows_of(3)
    upload = checked(client, csv_of(*rows), priority="1")

    report = text(client, page("upload", upload))
    for told in ("Nothing is wrong with this file", "37.50 USDT", "1 other person", "3 payouts"):
        assert told in report
    answer = submit(client, upload)
    batch = Batch.objects.get()
    assert answer["Location"] == pages.detail(batch)
    assert not Payout.objects.exists()

    worker()
    batch.refresh_from_db()
    assert (batch.name, batch.owner, batch.rows_stored) == ("Payroll November", client.person, 3)  # type: ignore[attr-defined]
    assert batch.filled_at is not None
    payouts = list(batch.payout_set.order_by("batch_row"))
    assert [[one.recipient_address, one.reference_id] for one in payouts] == [
        [address, reference] for address, _, reference in rows
    ]
    assert {(one.amount_micro, one.reason, one.review, one.priority) for one in payouts} == {
        (12_500_000, "Payroll November", Review.REQUIRED, 1)
    }
    shown = text(client, pages.detail(batch))
    assert "Payroll November" in shown
    if role != "operator":
        assert "Somebody else must approve them." in shown


@pytest.mark.parametrize("role", MAY_NOT)
def test_other_roles_may_not_upload(enter: Enter, role: str | None) -> None:
    client, owner = enter(role), enter("operator")
    upload = checked(owner, csv_of(*rows_of(1)))
    if role == "auditor":
        assert NEW not in text(client, LIST)
    assert client.get(NEW).status_code == 403
    assert send(client, csv_of(*rows_of(1))).status_code == 403
    for name in ("columns", "submit", "discard"):
        assert client.post(page(name, upload)).status_code == 403
    assert client.get(page("upload", upload)).status_code in (403, 404)
    assert BatchUpload.objects.count() == 1
    assert not Batch.objects.exists()


def test_a_form_of_another_site_does_nothing(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(*rows_of(1)))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(client.person)  # type: ignore[attr-defined]
    assert send(strict, b"a,b").status_code == 403
    for name in ("columns", "submit", "discard"):
        assert strict.post(page(name, upload), {"seen_round": 1}).status_code == 403
    for name in ("submit", "discard"):
        assert client.get(page(name, upload)).status_code == 405
    assert BatchUpload.objects.get().batch is None


def test_only_its_uploader_sees_a_file_until_it_is_submitted(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(["Tnobody", "1", "r"], *rows_of(1)))
    others = {role: enter(role) for role in ("operator", "approver", "auditor", "admin")}
    for other in others.values():
        for name in ("upload", "checking", "faults", "columns"):
            assert other.get(page(name, upload)).status_code in (403, 404)
    assert upload.filename not in text(others["admin"], NEW)
    submit(client, upload, without_wrong="on")
    for role, other in others.items():
        status = 200 if role in ("auditor", "admin") else 404
        for name in ("upload", "faults"):
            assert other.get(page(name, upload)).status_code == status, role
        link = page("upload", upload) in text(other, pages.detail(Batch.objects.get()))
        assert link == (status == 200)


def test_pressing_twice_reloading_or_another_tab_makes_no_second_batch(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(*rows_of(2)))
    batch = None
    for ticks in ({}, {}, {"again": "on"}, {"without_wrong": "on"}):
        answer = submit(client, upload, **ticks)
        batch = Batch.objects.get()
        assert answer["Location"] == pages.detail(batch)
    client.post(page("columns", upload), {"recipient_address": "1", "amount_usdt": "0"})
    assert "was submitted" in said(client.post(page("discard", upload)))[-1]
    worker()
    worker()
    assert Payout.objects.count() == 2


def test_the_same_file_again_is_paid_only_when_that_is_said(enter: Enter) -> None:
    client, content = enter("operator"), csv_of(*rows_of(2), header="address,amount,note")
    columns = {"reference_id": "", "reason": "2"}
    submit(client, _checked(client, content, columns))
    for other in (client, enter("admin")):
        upload = _checked(other, content, columns)
        shown = text(other, page("upload", upload))
        assert "This very file was submitted before" in shown
        assert "2 rows were asked for in the last 24 hours" in shown
        assert "submitted before" in said(submit(other, upload))[-1]
    assert Batch.objects.count() == 1
    submit(client, _checked(client, content, columns), again="on")
    assert Batch.objects.count() == 2
    worker()
    assert Payout.objects.count() == 4


def _checked(client: Client, content: bytes, columns: dict[str, str]) -> BatchUpload:
    upload = mapped(client, uploaded(client, content), **columns)
    worker()
    upload.refresh_from_db()
    return upload


def test_a_file_whose_batch_was_cancelled_can_be_paid_again(enter: Enter) -> None:
    client, content = enter("operator"), csv_of(*rows_of(2), header="address,amount,note")
    upload = _checked(client, content, {"reference_id": ""})
    submit(client, upload)
    batch_cancel(batch_id=Batch.objects.get().pk, by="x", reason="wrong month", now=utc_now())
    assert worker() == 1
    assert not Payout.objects.exists()
    submit(client, _checked(client, content, {"reference_id": ""}), again="on")
    worker()
    assert Payout.objects.count() == 2


def test_wrong_rows_are_told_and_left_out_only_when_that_is_said(enter: Enter) -> None:
    client = enter("operator")
    good, twice = rows_of(2), builders.address()
    taken = builders.payout(client.person, reference_id="taken")  # type: ignore[attr-defined]
    bad = [
        ["Tnobody", "1", "a"],
        [builders.address(), "-1", "b"],
        [builders.address(), "=1+1", "c"],
        [builders.address(), "1", "taken"],
        [twice, "1", "r0"],
    ]
    upload = checked(client, csv_of(good[0], *bad, good[1]))
    assert upload.left_out == [3, 4, 5, 6, 7]
    shown = text(client, page("upload", upload))
    for told in ("5 rows are wrong", "Not a TRON address", "Stands in row 2 as well.",
                 f"Belongs to {taken.public_id}", "Tnobody"):  # fmt: skip
        assert told in shown, told

    assert "Some rows are wrong" in said(submit(client, upload))[-1]
    assert not Batch.objects.exists()
    submit(client, upload, without_wrong="on")
    worker()
    batch = Batch.objects.get()
    assert (batch.total_payouts, batch.total_amount_micro) == (2, 25_000_000)
    assert batch.filled_at is not None
    rows = [line.split(",")[0] for line in _result(client, batch).splitlines()[1:]]
    assert rows == ["2", "8"]  # as the file numbers them


def _result(client: Client, batch: Batch) -> str:
    answer = client.get(f"{LIST}{batch.pk}/result.csv")
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_all_faults_are_a_csv_without_formulas(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(*[["=HYPERLINK(1)", "@x", f"-{row}"] for row in range(120)]))
    answer = client.get(page("faults", upload))
    content = answer.content.decode()
    assert content.startswith("\ufeffrow,column,value,what is wrong")
    assert "attachment" in answer["Content-Disposition"]
    assert ",'=HYPERLINK(1)," in content
    assert ",=HYPERLINK" not in content
    assert content.count("recipient_address") == 120
    shown = text(client, page("upload", upload))
    assert "It cannot be submitted" in shown
    assert "Submit for approval" not in shown
    assert "more are in the CSV" in shown


def test_what_the_limits_do_not_take_is_not_submitted(enter: Enter) -> None:
    client = enter("operator")
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=builders.USDT,
        daily_micro=None, by="tests", now=utc_now(),
    )  # fmt: skip
    upload = checked(client, csv_of(*rows_of(2)))
    assert "Amount exceeds hourly limit" in text(client, page("upload", upload))
    assert "cannot be submitted" in said(submit(client, upload))[-1]
    assert not Batch.objects.exists()


def test_what_is_missing_and_who_must_look_is_told(
    enter: Enter, wallet: Any, settings: Any
) -> None:
    settings.IMPORT_AMOUNT_MAX_USDT = 10_000_000
    builders.lift_limits()
    client = enter("operator")
    rows = rows_of(101, amount="9999")
    shown = text(client, page("upload", checked(client, csv_of(*rows))))
    assert "9,899.00" in shown  # 101 × 9,999 less 1,000,000
    assert "A large amount" in shown or "large" in shown.lower()
    assert "101 rows" in shown
    assert wallet.name in shown


def test_what_was_checked_too_long_ago_or_anew_is_not_submitted(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(*rows_of(1)))
    answer = client.post(page("submit", upload), {"seen_round": upload.round - 1})
    assert "checked again since you looked" in said(answer)[-1]
    for odd in ("", "x", "9" * 40, "²"):
        assert (
            "Not submitted." in said(client.post(page("submit", upload), {"seen_round": odd}))[-1]
        )
    BatchUpload.objects.update(checked_at=utc_now() - timedelta(hours=2))
    assert "too long ago" in text(client, page("upload", upload))
    assert "Not submitted." in said(submit(client, upload))[-1]
    assert not Batch.objects.exists()


def test_a_check_of_older_columns_counts_no_more(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(*rows_of(1)))
    again = mapped(client, upload, reference_id="")
    assert (again.report, again.checked_at) == (None, None)
    assert "The check begins in a moment" in text(client, page("upload", upload))
    assert 'data-lp-next="2"' in text(client, page("checking", upload))
    worker()
    assert 'data-lp-next="reload"' in text(client, page("checking", upload))


@pytest.mark.parametrize(
    "columns",
    [
        {"amount_usdt": "0"},
        {"amount_usdt": ""},
        {"recipient_address": "7"},
        {"amount_usdt": "-1"},
        {"reference_id": "1"},
    ],
)
def test_columns_must_be_there_and_differ(enter: Enter, columns: dict[str, str]) -> None:
    client = enter("operator")
    upload = uploaded(client, csv_of(*rows_of(1)))
    given = {"recipient_address": "0", "amount_usdt": "1", **columns}
    answer = client.post(page("columns", upload), given)
    assert "lp-error" in answer.content.decode()
    assert BatchUpload.objects.get().columns == {}


@pytest.mark.parametrize(
    "missing",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"batch_type": "NEVER"},
        {"priority": "9"},
        {"router_type": "PayoutRouterDirect"},
    ],
)
def test_a_wrong_form_is_asked_again(enter: Enter, missing: dict[str, str]) -> None:
    answer = send(enter("operator"), csv_of(*rows_of(1)), **missing)
    assert "lp-error" in answer.content.decode()
    assert not BatchUpload.objects.exists()


def test_a_file_is_discarded_by_its_uploader(enter: Enter) -> None:
    client = enter("operator")
    upload = uploaded(client, csv_of(*rows_of(1)))
    assert upload.filename in text(client, NEW)
    assert enter("admin").post(page("discard", upload)).status_code == 404
    assert "Nothing of it was paid" in said(client.post(page("discard", upload)))[-1]
    assert not BatchUpload.objects.exists()


def test_nobody_keeps_more_than_some_files(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payouts.services.upload.OPEN_MAX", 2)
    client = enter("operator")
    for _ in range(2):
        uploaded(client, csv_of(*rows_of(1)))
    assert "too many files" in send(client, csv_of(*rows_of(1))).content.decode()


def test_the_pages_cost_the_same_however_many_rows_there_are(enter: Enter) -> None:
    client = enter("operator")
    small, large = checked(client, csv_of(*rows_of(1))), checked(client, csv_of(*rows_of(60)))
    assert statements(client, page("upload", small)) == statements(client, page("upload", large))


def test_who_lost_the_role_submits_nothing(enter: Enter) -> None:
    client = enter("operator")
    upload = checked(client, csv_of(*rows_of(1)))
    client.person.groups.clear()  # type: ignore[attr-defined]
    assert submit(client, upload).status_code == 403
    assert not Batch.objects.exists()
