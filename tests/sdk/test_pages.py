"""The pages about our clients: every command, option and method is told, and no other."""

import re

import click
import pytest

import lucidpay_client
from lucidpay_client.cli.app import app
from lucidpay_client.cli.show import CODES
from tests.docs.pages import ROOT, page, rows, section, words

EVERYWHERE = {"--json", "--profile"}  # told once for all
BY_ANOTHER_NAME = {"close", "run", "send"}  # not for everyday use: help() tells
TYPES = (ROOT / "clients/javascript/types/index.d.ts").read_text()


def test_every_command_has_its_line() -> None:
    told = [words(first)[0] for first, *_ in rows(section(page("command-line.md"), "Commands"))]
    assert told == list(app.commands)


@pytest.mark.parametrize("name", app.commands)
def test_every_option_is_told_and_no_other(name: str) -> None:
    lines = rows(section(page("command-line.md"), "Commands"))
    [told] = [set(words(options)) for first, _, options in lines if words(first) == [name]]
    parameters = [one for one in app.commands[name].params if isinstance(one, click.Option)]
    assert told == {one.opts[0] for one in parameters} - EVERYWHERE


def test_every_exit_code_is_told() -> None:
    told = [words(code)[0] for code, _ in rows(section(page("command-line.md"), "Exit codes"))]
    assert told == re.findall(r"^ *(\d+) ", CODES, re.MULTILINE)


def test_every_method_for_python_is_told_and_no_other() -> None:
    client = lucidpay_client.AdvancedLucidPaymentClient
    made = {name for name in dir(client) if not name.startswith("_")} - BY_ANOTHER_NAME
    told = {word for _, cell in rows(page("sdk-python.md")) for word in words(cell)}
    assert told == made | {"verify_webhook", "lucidpay_client.testing.FakeLucidPay"}


def test_every_method_for_javascript_is_told_and_no_other() -> None:
    made = set(re.findall(r"^  (?:async )?(\w+)\(", TYPES, re.MULTILINE)) - {"constructor"}
    assert "createPayout" in made
    assert {word for _, cell in rows(page("sdk-javascript.md")) for word in words(cell)} == made


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("sdk-python.md", "tests/clients/examples/python/pay.py"),
        ("sdk-javascript.md", "clients/javascript/examples/pay.mjs"),
    ],
)
def test_a_page_shows_the_example_that_is_run(name: str, example: str) -> None:
    assert (ROOT / example).read_text().strip() in page(name)
