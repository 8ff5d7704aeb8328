"""Downloading a report's file: by its signed link, or with a token."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from gateway.models_report import ReportPart
from gateway.reports import files
from lucidpay.clock import utc_now
from tests.api.client import Api, caller, refused
from tests.gateway.payments import payment
from tests.gateway.reporting import BASE, asked, path_of, report_ready
from tests.gateway.test_report_request import JANUARY

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> Api:
    one = caller("merchant")
    for number in range(3):
        payment(one.user, at=JANUARY, description=f"number {number}")
    return one


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("format_", ["json", "csv", "xlsx", "pdf"])
def test_a_browser_downloads_it_without_a_token(merchant: Api, format_: str) -> None:
    body = report_ready(merchant, format=format_)
    assert body["download_url"].startswith(f"http://testserver{BASE}/{body['report_id']}/download?")

    response = Client().get(body["download_url"], headers={"Accept": "text/html"})

    assert response.status_code == 200
    content = content_of(response)
    assert hashlib.sha256(content).hexdigest() == body["sha256"]
    assert len(content) == body["size_bytes"] == int(response["Content-Length"])
    assert response["Content-Type"] == files.CONTENT_TYPES[format_]
    name = f"payments_2026-01-01_2026-02-01_{body['report_id']}.{format_}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["X-Checksum-SHA256"] == body["sha256"]
    digest = base64.b64encode(bytes.fromhex(body["sha256"])).decode()
    assert response["Repr-Digest"] == f"sha-256=:{digest}:"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"


def test_a_token_does_as_well(merchant: Api) -> None:
    body = report_ready(merchant, format="csv")
    answer = merchant.get(f"{BASE}/{body['report_id']}/download")
    assert (answer.status, answer.text.count("number")) == (200, 3)
    refused(Api().get(f"{BASE}/{body['report_id']}/download"), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-AFTER-4")
def test_a_link_ends(merchant: Api, settings: Any) -> None:
    settings.REPORT_LINK_MINUTES = 5
    url = path_of(report_ready(merchant)["download_url"])
    with time_machine.travel(utc_now() + timedelta(minutes=4, seconds=50)):
        assert Api().get(url).status == 200
    with time_machine.travel(utc_now() + timedelta(minutes=5, seconds=1)):
        refused(Api().get(url), 403, "LUCID_ERR_2010")


def test_a_link_cannot_be_made_or_changed(merchant: Api, settings: Any) -> None:
    url = path_of(report_ready(merchant)["download_url"])
    other = report_ready(merchant)["report_id"]
    path, _, query = url.partition("?")
    expires, signature = (part.partition("=")[2] for part in query.split("&"))
    wrong = [
        f"{path}?expires={int(expires) + 1}&signature={signature}",
        f"{path}?expires={expires}&signature={signature[:-1]}",
        f"{path}?expires={expires}&signature={signature[:-1]}0g",
        f"{path}?expires=x&signature={signature}",
        f"{path}?expires={expires}&signature=%C3%A9",
        f"{BASE}/{other}/download?{query}",
        f"{BASE}/nonsense/download?{query}",
        f"{BASE}/report_{'0' * 32}/download?{query}",
    ]
    for one in wrong:
        refused(Api().get(one), 403, "LUCID_ERR_2010")
        # Not with a token either: who sends a link means the link.
        refused(merchant.get(one), 403, "LUCID_ERR_2010")
    refused(Api().get(f"{path}?expires={expires}"), 400, "LUCID_ERR_1001")
    refused(Api().get(f"{url}&x=1"), 400, "LUCID_ERR_1001")
    settings.SECRET_KEY = "another" * 10
    refused(Api().get(url), 403, "LUCID_ERR_2010")


def test_a_file_that_is_not_written_cannot_be_downloaded(merchant: Api) -> None:
    report_id = asked(merchant).body["report_id"]
    details = refused(merchant.get(f"{BASE}/{report_id}/download"), 409, "LUCID_ERR_1005")
    assert details == {"status": "pending"}


def test_a_large_file_comes_in_pieces(merchant: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART_BYTES", 100)
    body = report_ready(merchant, format="csv")
    parts = ReportPart.objects.count()
    assert parts == -(-body["size_bytes"] // 100) > 3
    answer = Api().get(path_of(body["download_url"]))
    assert hashlib.sha256(answer.text.encode()).hexdigest() == body["sha256"]


def test_downloads_are_limited(merchant: Api) -> None:
    body = report_ready(merchant)
    answer = Api(address="192.0.2.7").get(path_of(body["download_url"]))
    assert answer.headers["X-RateLimit-Limit"] == "60"
