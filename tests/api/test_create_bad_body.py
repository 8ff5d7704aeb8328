"""Bodies that cannot be read, and media types that are not spoken."""

import pytest

from lucidpay.api.json import dumps
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def _with(member: str) -> str:
    """Return a good body with one more member, as text."""
    return dumps(order())[:-1] + f",{member}}}"


BAD: dict[str, str | bytes] = {
    "a list": "[]",
    "a list of orders": f"[{dumps(order())}]",
    "a text": '"order"',
    "a number": "5",
    "null": "null",
    "true": "true",
    "white space": "  \n",
    "cut off": dumps(order())[:-1],
    "two objects": dumps(order()) * 2,
    "a comment": "/* pay */" + dumps(order()),
    "single quotes": dumps(order()).replace('"', "'"),
    "a trailing comma": dumps(order())[:-1] + ",}",
    "invalid UTF-8": dumps(order(reason="@")).encode().replace(b"@", b"\xff\xfe"),
    "overlong UTF-8": dumps(order(reason="@")).encode().replace(b"@", b"\xc0\x80"),
    "a surrogate in UTF-8": dumps(order(reason="@")).encode().replace(b"@", b"\xed\xa0\x80"),
    "UTF-16": dumps(order()).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + dumps(order()).encode(),
    "NUL": dumps(order()).encode() + b"\x00",
    "NUL in a text": _with(r'"node_id": "a\u0000b"'),
    "NUL in an object": _with(r'"metadata": {"a": "\u0000"}'),
    "NUL in a key": _with(r'"metadata": {"\u0000": 1}'),
    "a lone high surrogate": _with(r'"node_id": "\ud800"'),
    "a lone low surrogate": _with(r'"custom_data": {"a": ["\udc00"]}'),
    "surrogates the wrong way round": _with(r'"node_id": "\udc00\ud800"'),
    "a surrogate in a key": _with(r'"metadata": {"\ud800": 1}'),
    "a key twice": _with('"amount_usdt": 1'),
    "a key twice below": _with('"metadata": {"a": 1, "a": 1}'),
    "a key twice by an escape": _with(r'"amount\u005fusdt": 1'),
    "10 000 lists deep": _with('"metadata": ' + "[" * 10_000 + "]" * 10_000),
    "5 000 objects deep": _with('"metadata": ' + '{"a":' * 5_000 + "1" + "}" * 5_000),
    "unclosed lists": "[" * 60_000,
    "21 levels deep": _with('"metadata": {"a":' + "[" * 20 + "]" * 20 + "}"),
    "NaN below": _with('"metadata": {"a": NaN}'),
    "beyond range below": _with('"metadata": {"a": 1e400}'),
    "larger than 64 KiB": _with('"metadata": {"a": "' + "x" * 65_536 + '"}'),
    "larger than 64 KiB by white space": dumps(order()) + " " * 65_536,
    "5 MB": _with('"metadata": {"a": "' + "x" * 5_000_000 + '"}'),
}


@pytest.mark.contract("C-BODY-1", "C-BODY-2")
@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_it_refuses_the_body(alice: Api, raw: str | bytes) -> None:
    with nothing_written():
        details = refused(alice.call("POST", PAYOUTS, raw), 400, "LUCID_ERR_1001")
    assert list(details) == ["body"]


@pytest.mark.contract("C-ERR-4")
def test_it_names_the_required_fields_of_an_empty_body(alice: Api) -> None:
    for raw in ("", "{}"):
        details = refused(alice.call("POST", PAYOUTS, raw), 400, "LUCID_ERR_1001")
        assert set(details) >= {"recipient_address", "amount_usdt"}


@pytest.mark.contract("C-BODY-3")
@pytest.mark.parametrize(
    ("media_type", "raw"),
    [
        ("text/plain", dumps(order())),
        ("", dumps(order())),
        ("application/xml", "<payout/>"),
        ("application/jsonp", dumps(order())),
        ("nonsense", dumps(order())),
        (FORM, "recipient_address=T&amount_usdt=5"),
        (MULTIPART, "--x\r\nContent-Disposition: form-data; name=reason\r\n\r\na\r\n--x--\r\n"),
    ],
    ids=["text", "none", "xml", "jsonp", "nonsense", "form", "multipart"],
)
def test_it_refuses_other_media_types_with_415(alice: Api, media_type: str, raw: str) -> None:
    with nothing_written():
        answer = alice.call("POST", PAYOUTS, raw, content_type=media_type)
        refused(answer, 415, "LUCID_ERR_1004")


@pytest.mark.contract("C-BODY-3")
@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"],
)
def test_it_reads_json_however_the_header_is_written(alice: Api, media_type: str) -> None:
    assert alice.call("POST", PAYOUTS, dumps(order()), content_type=media_type).status == 201


@pytest.mark.contract("C-BODY-4")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "nonsense"])
def test_it_refuses_to_answer_in_another_media_type_with_406(alice: Api, accept: str) -> None:
    with nothing_written():
        refused(alice.pay(headers={"Accept": accept}), 406, "LUCID_ERR_1004")


@pytest.mark.contract("C-BODY-4")
@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, */*;q=0.1", ""])
def test_it_answers_json_to_whoever_takes_it(alice: Api, accept: str) -> None:
    answer = alice.pay(headers={"Accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (201, "application/json")


@pytest.mark.contract("C-BODY-5")
def test_it_refuses_a_body_without_a_length(alice: Api) -> None:
    with nothing_written():
        answer = alice.pay(headers={"Transfer-Encoding": "chunked"})
        assert list(refused(answer, 400, "LUCID_ERR_1001")) == ["body"]
