"""A sweep finds a secret however it is written, and takes nothing else for one."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.platform.sweep import Sweep

KEY = bytes(range(100, 132))
PASSWORD = 'pä"ss \\ word of %s'
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
EACH = WORDS.split()
QUEUED = json.dumps([[], {"password": PASSWORD, "key": KEY.hex()}])


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    """Look for a key, a password and words in an empty directory."""
    running: Any = SimpleNamespace(directory=tmp_path, servers_home=tmp_path / "servers")
    made = Sweep(running)
    made.hide_key("key", KEY)
    made.hide_text("password", PASSWORD)
    made.hide_words("words", WORDS)
    return made


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (KEY.hex(), {"key"}),
        (f"key=0x{KEY.hex().upper()};", {"key"}),
        (f"PrivateKey({int.from_bytes(KEY, 'big')})", {"key"}),
        (f"{KEY!r}", {"key"}),
        (f"bytearray({list(KEY)})", {"key"}),
        (base64.b64encode(KEY).decode(), {"key"}),
        (base64.urlsafe_b64encode(b"x" + KEY + b"yz").decode(), {"key"}),
        (base64.b64encode(QUEUED.encode()).decode(), {"key", "password"}),
        (json.dumps({"event": QUEUED}), {"key", "password"}),
        (f"DETAIL: Failing row contains ({PASSWORD}, 7)", {"password"}),
        (f"?password={PASSWORD.encode().hex()}", {"password"}),
        (repr({"password": PASSWORD}), {"password"}),
        (json.dumps(EACH), {"words"}),
        (f"… {' '.join(EACH[4:7])} …", {"words"}),
        (KEY.hex()[1:], set()),
        ("legal winner, and thank you for it", set()),
        ("", set()),
    ],
)
def test_it_finds_what_is_written(sweep: Sweep, written: str, names: set[str]) -> None:
    sweep.keep("log", f'{{"event": "{written}"}}'.encode())
    assert {one.partition(" in ")[0] for one in sweep.found()} >= names
    assert bool(sweep.found()) == bool(names)


def test_words_that_nobody_has_told_it_are_found_as_well(sweep: Sweep) -> None:
    others = "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"
    sweep.keep("log", f"made {others} for you".encode())
    assert [one.partition(" in ")[0] for one in sweep.found()] == ["words"]
