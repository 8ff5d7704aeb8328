"""The pinned requirements, as pip reads them when nothing is installed yet."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent / "requirements"
NAMED = re.compile(r"^([A-Za-z0-9._-]+)\[([a-z0-9,_-]+)\]", re.IGNORECASE)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([a-z0-9,_-]+)\])?==", re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("name", ["base", "embedded", "dev", "browser"])
def test_every_extra_that_a_requirement_asks_for_is_pinned(name: str) -> None:
    """With hashes pip takes `coverage[toml]>=7` for unpinned when only `coverage` is pinned, as
    soon as a newer version is out.
    """
    text = (ROOT / f"{name}.txt").read_text()
    pinned = {_plain(one): extras.split(",") for one, extras in PINNED.findall(text)}
    wanted = {
        (_plain(found[1]), extra)
        for one in distributions()
        if _plain(one.metadata["Name"]) in pinned
        for line in one.requires or []
        if "extra ==" not in line and (found := NAMED.match(line))
        for extra in found[2].split(",")
    }
    missing = sorted((who, extra) for who, extra in wanted if extra not in pinned.get(who, []))
    assert missing == [], "make lock"


def _plain(name: str) -> str:
    return name.replace("_", "-").lower()
