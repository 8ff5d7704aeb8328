"""No setting without a line in ``docs/settings.md``, and no line without a setting."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.pages import page, rows, sources, words

# Read by a library, by Django itself, or under a name that the reader has as its default.
NOT_OURS = {"PROMETHEUS_MULTIPROC_DIR"}
NAMED_BY_DEFAULT = {"database": "DATABASE_URL", "redis_url": "REDIS_URL", "mail": "EMAIL_URL"}


@dataclass(frozen=True)
class Read:
    """A call that reads a setting."""

    name: str
    default: str | None
    bounds: tuple[int, ...]  # both, or what of them is written as a number


def settings_read() -> Iterator[Read]:
    """Yield every call of ``env.…`` that reads a setting."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("env."):
                yield from setting_of(node)


def setting_of(call: ast.Call) -> Iterator[Read]:
    reader = ast.unparse(call.func).removeprefix("env.")
    if reader == "broker_url":
        return
    if not call.args:
        yield Read(NAMED_BY_DEFAULT[reader], None, ())
        return
    name, *rest = (ast.literal_eval(one) for one in call.args if isinstance(one, ast.Constant))
    bounds = tuple(
        ast.literal_eval(one.value)
        for one in call.keywords
        if one.arg in ("low", "high") and isinstance(one.value, ast.Constant)
    )
    yield Read(name, str(rest[0]) if reader == "number" else None, bounds)


def told() -> dict[str, tuple[str, str]]:
    """Return each setting of the page with its default and what is said of it."""
    found = {}
    for names, default, text in rows(page("settings.md")):
        settings = words(names)
        defaults = words(default) if len(words(default)) == len(settings) else [default] * 9
        found |= {name: (one, text) for name, one in zip(settings, defaults, strict=False)}
    return found


def test_every_setting_has_its_line_and_every_line_is_a_setting() -> None:
    read = {one.name for one in settings_read()}
    assert {"DATABASE_URL", "VAULT_KEY", "PORT"} <= read
    assert read == set(told()) - NOT_OURS


def test_each_number_says_its_default_and_no_bounds_but_its_own() -> None:
    for one in settings_read():
        default, text = told()[one.name]
        if one.default is not None and default != "none":
            assert one.default == re.split(r"[:` ]", default.strip("`"))[0], one
        for low, high in re.findall(r"\b(\d+) … (\d+)\b", text) if len(one.bounds) == 2 else ():
            assert (int(low), int(high)) == one.bounds, one
