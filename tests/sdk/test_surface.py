"""What the package shows: two clients that are one, each part with a word on what it promises."""

import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import lucidpay_client
from lucidpay_client import (
    AdvancedLucidPaymentClient,
    AdvancedLucidPaymentClientSync,
    LucidPaymentClient,
    LucidPaymentClientSync,
    errors,
)
from lucidpay_client.cli.show import CODES

ROOT = Path(__file__).resolve().parents[2] / "clients" / "python"
CONTRACT = Path(__file__).resolve().parents[2] / "lucidpay" / "errors.py"
TWINS = [
    (LucidPaymentClient, LucidPaymentClientSync),
    (AdvancedLucidPaymentClient, AdvancedLucidPaymentClientSync),
]


def _shape(kind: type[Any]) -> dict[str, list[tuple[str, Any, str]]]:
    """Return what can be called, with names, defaults and types of what it takes."""
    methods = inspect.getmembers(kind, inspect.isfunction)
    return {
        name: [
            (one.name, one.default if not callable(one.default) else "…", str(one.annotation))
            for one in inspect.signature(method).parameters.values()
        ]
        for name, method in methods
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_the_clients_are_twins(one: type[Any], other: type[Any]) -> None:
    assert _shape(one) == _shape(other)
    for name in _shape(one):
        assert inspect.getdoc(getattr(one, name)) == inspect.getdoc(getattr(other, name)), name


def test_everything_public_says_what_it_promises() -> None:
    found = [getattr(lucidpay_client, name) for name in lucidpay_client.__all__]
    kinds = [one for one in found if isinstance(one, type)]
    methods = [
        value.fget if isinstance(value, property) else value
        for kind in kinds
        for name, value in vars(kind).items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    ]
    silent = [one for one in [*found, *methods] if not isinstance(one, str) and not one.__doc__]
    assert silent == []


def test_every_code_of_the_contract_has_a_class() -> None:
    codes = [word.strip('"') for word in CONTRACT.read_text().split() if "LUCID_ERR_" in word]
    # 1004 is a wrong method or media type: a fault of this package, not of its caller.
    assert set(codes) - {"LUCID_ERR_1004"} == set(errors.BY_CODE)


def test_what_is_drawn_of_the_errors_is_all_of_them() -> None:
    drawn = (errors.__doc__ or "").split("::")[1].split()
    kinds = [
        name for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, errors.LucidPayError)
    ]  # fmt: skip
    assert [name for name in kinds if name not in drawn] == []


def test_the_version_is_told_once() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert told["version"] == lucidpay_client.__version__
    assert (ROOT / "src" / "lucidpay_client" / "py.typed").exists()


def test_the_guide_shows_the_program_that_is_run_when_it_is_installed() -> None:
    program = ROOT.parents[1] / "tests" / "clients" / "examples" / "python" / "pay.py"
    assert f"```python\n{program.read_text()}```" in (ROOT / "README.md").read_text()


def test_the_guide_has_the_exit_codes_of_the_command() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    said = {code: re.sub(r"[*`]", "", told).lower() for code, told in rows}
    coded = dict(re.findall(r"^  (\d+) +(.+)$", CODES.lower(), re.MULTILINE))
    assert said == coded
