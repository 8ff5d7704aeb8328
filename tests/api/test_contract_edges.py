"""What a library would let through, and which means another thing than was sent."""

import pytest

from lucidpay.api.json import dumps
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused

SCHEMA = "/api/schema"
PATHS = [
    PAYOUTS, f"{PAYOUTS}/payout_x", f"{PAYOUTS}/payout_x/events", f"{PAYOUTS}/payout_x/cancel",
    "/api/v1/payouts", "/api/v1/payouts/payout_x", "/api/v1/payouts/payout_x/events",
    "/api/v1/payouts/payout_x/cancel", "/api/payment/health", "/api/payment/metrics",
    "/api/auth/token", "/api/auth/token/refresh", "/api/auth/token/revoke", "/tron/kill-switch",
    "/tron/network/health", "/tron/usdt/estimate-gas",
    SCHEMA, "/api/docs", "/api/redoc",
]  # fmt: skip


@pytest.mark.contract("C-PATH-1", "C-PATH-2")
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
def test_a_slash_at_the_end_changes_nothing(operator: Api, path: str, method: str) -> None:
    plain, slashed = (operator.call(method, each) for each in (path, f"{path}/"))
    assert plain.status == slashed.status != 301
    assert plain.headers.get("Allow") == slashed.headers.get("Allow")
    code = plain.body["error"]["code"] if plain.status >= 400 else ""
    assert code != "LUCID_ERR_1003"
    assert code == (slashed.body["error"]["code"] if slashed.status >= 400 else "")


@pytest.mark.contract("C-BODY-3")
@pytest.mark.parametrize("media_type", ["*/*", "application/*", "application/json-seq"])
def test_it_refuses_a_body_of_any_type(alice: Api, media_type: str) -> None:
    with nothing_written():
        answer = alice.call("POST", PAYOUTS, dumps(order()), content_type=media_type)
        refused(answer, 415, "LUCID_ERR_1004")


@pytest.mark.contract("C-BODY-3")
@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "nonsense"])
def test_it_refuses_a_body_that_is_called_compressed(alice: Api, encoding: str) -> None:
    with nothing_written():
        answer = alice.pay(headers={"Content-Encoding": encoding})
        refused(answer, 415, "LUCID_ERR_1004")
    assert alice.pay(headers={"Content-Encoding": "identity"}).status == 201


@pytest.mark.contract("C-ERR-5")
@pytest.mark.parametrize("query", ["%ff", "%c0%80", "%ed%a0%80", "a%80b"])
def test_it_refuses_a_query_that_is_not_utf_8(alice: Api, query: str) -> None:
    answer = alice.get(f"{PAYOUTS}?reference_id={query}")
    assert list(refused(answer, 400, "LUCID_ERR_1001")) == ["query"]
    assert alice.get(f"{PAYOUTS}?reference_id=%C3%A9").status == 200


@pytest.mark.contract("C-ERR-5")
def test_it_refuses_more_parameters_than_it_counts(alice: Api) -> None:
    many = "&".join(f"p{number}=1" for number in range(1001))
    refused(alice.get(f"{PAYOUTS}?{many}"), 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-LIST-1")
@pytest.mark.parametrize("number", ["-0", "01", "00", "+1", "1.0", "1e1"])
def test_it_refuses_a_number_that_is_not_in_plain_digits(alice: Api, number: str) -> None:
    for name in ("limit", "offset"):
        answer = alice.get(f"{PAYOUTS}?{name}={number}")
        assert list(refused(answer, 400, "LUCID_ERR_1001")) == [name]


@pytest.mark.contract("C-ERR-1")
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("page", ["/api/schema", "/api/docs", "/api/redoc"])
def test_pages_refuse_in_the_envelope_too(db: None, page: str, slash: str) -> None:
    refused(Api().post(f"{page}{slash}", {}), 405, "LUCID_ERR_1004")
    refused(Api().get(f"{page}{slash}", Accept="image/png"), 406, "LUCID_ERR_1004")


@pytest.mark.contract("C-ERR-5")
def test_the_schema_takes_no_query(db: None) -> None:
    answer = Api().get(f"{SCHEMA}?format=yaml")
    assert list(refused(answer, 400, "LUCID_ERR_1001")) == ["format"]


@pytest.mark.contract("C-PATH-4")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_the_bare_address_is_only_read(db: None, method: str) -> None:
    answer = Api().call(method, "/")
    refused(answer, 405, "LUCID_ERR_1004")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert Api().get("/").headers["Location"] == "/api/docs"


@pytest.mark.contract("C-PATH-1")
def test_the_admin_is_found_without_its_slash(db: None) -> None:
    answer = Api().get("/admin")
    assert (answer.status, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.contract("C-METRICS-2")
def test_metrics_are_text_or_nothing(db: None) -> None:
    refused(Api().get("/api/payment/metrics", Accept="application/json"), 406, "LUCID_ERR_1004")
    asked = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    answer = Api().get("/api/payment/metrics", Accept=asked)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.startswith("# HELP ")


@pytest.mark.contract("C-MONEY-1", "C-PAYOUT-1")
def test_numbers_of_metadata_are_read_as_they_were_answered(alice: Api) -> None:
    body = dumps(order())[:-1] + ',"metadata":{"a":1e2,"b":1.50,"c":1E+3,"d":0.0000001,"e":-2.5e1}}'
    made = alice.call("POST", PAYOUTS, body)
    assert made.status == 201
    shown = made.text.partition('"metadata":')[2].partition("}")[0]
    assert shown == '{"a":100,"b":1.50,"c":1000,"d":1E-7,"e":-25'
    assert alice.get(made.headers["Location"]).text == made.text


@pytest.mark.contract("C-CREATE-3")
@pytest.mark.parametrize("character", ["\x80", "\x85", "\x9f", "\x7f", "\x1f"])
def test_it_refuses_every_control_character(alice: Api, character: str) -> None:
    with nothing_written():
        answer = alice.pay(reason=f"a{character}b")
        assert list(refused(answer, 400, "LUCID_ERR_1001")) == ["reason"]


@pytest.mark.contract("C-LIST-6")
@pytest.mark.parametrize(
    "moment",
    ["2026-1-1", "20260101", "2026-W01-1", "2026-01-01T", "2026-01-0", "2026-01-01\u0661"],
)
def test_it_refuses_a_date_in_another_form(alice: Api, moment: str) -> None:
    answer = alice.get(f"{PAYOUTS}?start_date={moment}")
    assert list(refused(answer, 400, "LUCID_ERR_1001")) == ["start_date"]
