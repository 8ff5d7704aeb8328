"""No command, option or target without its line in ``docs/commands.md``, and none that is not."""

import argparse
import re
from collections.abc import Iterator

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from lucidpay.run.__main__ import _parser
from tests.docs.pages import APPS, ROOT, page, rows, section, words

DJANGO_S = {
    option
    for action in BaseCommand().create_parser("manage.py", "none")._actions
    for option in action.option_strings
}
OURS = sorted(name for name, app in get_commands().items() if app in APPS)


def parser_of(name: str) -> argparse.ArgumentParser:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def verbs_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of a command's verbs, or of the command itself when it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {"": parser}


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    return {
        option for one in parser._actions for option in one.option_strings if option not in DJANGO_S
    }


def told() -> Iterator[tuple[str, str, set[str]]]:
    """Yield command, verb (or nothing) and options of each line of the page."""
    command = ""
    for first, _, options in rows(section(page("commands.md"), "manage.py")):
        for one in words(first):
            head, _, rest = one.partition(" ")
            # In a line of several verbs the command is named once.
            command = head if head in OURS else command
            verb = (rest if head in OURS else one).partition(" ")[0]
            named = verb in verbs_of(parser_of(command))
            yield command, verb if named else "", set(words(options))


def test_every_command_and_verb_has_its_line() -> None:
    made = {(name, verb) for name in OURS for verb in verbs_of(parser_of(name))}
    assert ("wallet", "vault-key") in made
    assert {(name, verb) for name, verb, _ in told()} == made


@pytest.mark.parametrize("name", OURS)
def test_every_option_is_told_and_no_other(name: str) -> None:
    for verb, parser in verbs_of(parser_of(name)).items():
        lines = [options for one, of, options in told() if (one, of) == (name, verb)]
        # A line of several verbs has the options of all of them.
        assert options_of(parser) <= set().union(*lines), verb
    every = set().union(*(options_of(one) for one in verbs_of(parser_of(name)).values()))
    assert set().union(*(options for one, _, options in told() if one == name)) == every


def test_what_a_command_can_be_told_as_a_word_is_told() -> None:
    text = section(page("commands.md"), "manage.py")
    for name in ("kill_switch", "breaker"):
        [verb] = [one for one in parser_of(name)._actions if one.dest == "verb"]
        for word in verb.choices or ():
            assert re.search(rf"`{name}`[^|]*`{word}`", text), (name, word)


def test_every_role_has_its_line() -> None:
    lines = rows(section(page("commands.md"), "lucidpay.run"))
    assert {words(first)[0].partition(" ")[0] for first, _ in lines} == set(verbs_of(_parser()))


def test_every_target_of_make_has_its_line() -> None:
    made = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert "demo" in made
    lines = rows(section(page("commands.md"), "make"))
    assert {word for line in lines for cell in line for word in words(cell)
            if re.fullmatch("[a-z-]+", word)} == made  # fmt: skip
