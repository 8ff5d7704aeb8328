"""The receiver that the page of patterns shows stores each event once, and only ours."""

import re
import sqlite3
from collections.abc import Callable
from typing import Any

from lucidpay.clock import utc_now
from tests.docs.pages import page
from tests.webhooks.api.signed import BODY, OTHER, SECRET, signed
from tests.webhooks.api.test_page import function, lower


def receiver() -> Callable[..., int]:
    """Return the function as it stands on the page."""
    [code] = re.findall(r"```python receive\n(.*?)```", page("patterns.md"), re.DOTALL)
    space: dict[str, Any] = {"is_from_lucidpay": function("is_from_lucidpay")}
    exec(code, space)  # noqa: S102 (the page's own code is what is tested)
    return space["receive"]  # type: ignore[no-any-return]


def test_an_event_that_comes_twice_is_stored_once_and_a_forged_one_never() -> None:
    database = sqlite3.connect(":memory:")
    [table] = re.findall(r"`(CREATE TABLE [^`]+)`", page("patterns.md"))
    database.execute(table)
    receive, headers = receiver(), lower(signed(utc_now()))
    assert receive(database, OTHER, headers, BODY) == 401
    assert receive(database, SECRET, headers, BODY + b" ") == 401
    assert [receive(database, SECRET, headers, BODY) for _ in range(2)] == [200, 200]
    assert database.execute("SELECT event_id, body FROM inbox").fetchall() == [
        (headers["webhook-id"], BODY)
    ]
    database.close()
