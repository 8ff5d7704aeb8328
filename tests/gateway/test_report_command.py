"""`manage.py report`, and reports in the admin."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from gateway.management.commands import report as command
from tests import builders
from tests.admin import pages
from tests.gateway.payments import payment
from tests.gateway.reporting import written
from tests.gateway.test_report_request import JANUARY
from tests.gateway.test_report_write import report

JAN = {"start": "2026-01-01", "end": "2026-01-31"}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("format_", ["json", "csv", "xlsx", "pdf"])
def test_an_operator_writes_a_file(tmp_path: Path, format_: str) -> None:
    payment(builders.user("merchant"), at=JANUARY)
    out = tmp_path / f"january.{format_}"
    call_command("report", **JAN, format=format_, out=out)
    assert out.stat().st_size > 0
    assert list(tmp_path.iterdir()) == [out]


def lines_of(out: Path) -> list[list[str]]:
    with out.open(newline="") as file:
        return list(csv.reader(file))


def test_it_has_everybody_s_payments_and_failed_ones_when_asked_for(tmp_path: Path) -> None:
    payment(builders.user("merchant"), at=JANUARY)
    payment(builders.user("merchant"), at=JANUARY, status="failed")
    payment(builders.user("merchant"), at=JANUARY + timedelta(days=40))
    out = tmp_path / "january.csv"
    call_command("report", **JAN, format="csv", out=out)
    assert len(lines_of(out)) == 2
    call_command("report", **JAN, format="csv", out=out, include_failed=True)
    assert len(lines_of(out)) == 3
    call_command("report", **JAN, format="csv", out=out, status="failed")
    assert len(lines_of(out)) == 2


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"start": "x"}, "a date"),
        ({"start": "2026-03-01"}, "before end_date"),
        ({"start": "2024-01-01"}, "At most 366 days"),
        ({"out": Path("/nowhere/at/all.csv")}, "no folder"),
    ],
)
def test_it_says_what_is_wrong(tmp_path: Path, given: dict[str, Any], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("report", **{**JAN, "format": "csv", "out": tmp_path / "o", **given})


def test_what_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "january.csv"
    out.write_text("before")
    payment(builders.user("merchant"), at=JANUARY)

    def fails(*_: Any) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(command, "file_write", fails)
        with pytest.raises(OSError, match="disk"):
            call_command("report", **JAN, format="csv", out=out)
    settings.REPORT_ROWS_MAX = 0
    with pytest.raises(CommandError, match="More than 0 payments"):
        call_command("report", **JAN, format="csv", out=out)
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


# --- Admin --------------------------------------------------------------------------------------


def browser(role: str, **fields: Any) -> Client:
    client = Client()
    client.force_login(builders.user(role, **{"is_staff": True, **fields}))
    return client


def test_staff_see_reports_and_download_their_files() -> None:
    waiting = report(builders.user("merchant", username="acme"))
    client = browser("auditor")
    assert "acme" in client.get(pages.listing("gateway_report")).content.decode()
    page = client.get(pages.detail(waiting))
    assert page.status_code == 200
    file = f"/admin/gateway/report/{waiting.pk}/file/"
    assert file not in page.content.decode()
    assert client.get(file).status_code == 404

    written()

    assert file in client.get(pages.detail(waiting)).content.decode()
    response = client.get(file)
    assert b"".join(response.streaming_content).startswith(b"payment_id,")
    assert response["Content-Disposition"].startswith("attachment")


def test_nobody_else_does() -> None:
    ready = report()
    written()
    file = f"/admin/gateway/report/{ready.pk}/file/"
    assert Client().get(file).status_code == 302
    assert browser("merchant").get(file).status_code in (302, 403)
    assert browser("operator", is_staff=False).get(file).status_code == 302
    assert browser("auditor").get("/admin/gateway/report/nonsense/file/").status_code == 404


def test_nothing_is_written_there() -> None:
    ready, client = report(), browser("admin", is_superuser=True)
    assert client.post(pages.detail(ready), {"status": "failed"}).status_code == 403
    assert client.post(f"/admin/gateway/report/{ready.pk}/delete/").status_code == 403
    assert client.get("/admin/gateway/report/add/").status_code == 403
