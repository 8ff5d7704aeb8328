"""What documents tell people to type at a shell exists: commands, verbs and options."""

import re
import shlex
from collections.abc import Iterator

import pytest
from django.core.management import get_commands

from tests.docs.links import documents
from tests.docs.pages import ROOT
from tests.docs.test_commands import parser_of, verbs_of

TYPED = re.compile(r"(?:python |bin/python |^|`)manage\.py ([a-z_]+)([^`\n]*)", re.MULTILINE)
# Django's own options; these take none of ours.
STARTS_ANOTHER = {"#", "|", ">", "&&", ";", "<", "…"}


def typed() -> Iterator[tuple[str, str, list[str]]]:
    """Yield where it stands, the command, and its words."""
    for path in documents():
        text = re.sub(r" \\\n +", " ", path.read_text())
        for command, rest in TYPED.findall(text):
            words = []
            for word in _words(rest):
                if word in STARTS_ANOTHER or word.startswith(("#", "(", "→")):
                    break
                words.append(word)
            yield str(path.relative_to(ROOT)), command, words


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest, comments=False)
    except ValueError:  # a quote of the sentence around it
        return rest.split()


@pytest.mark.parametrize("command", sorted({command for _, command, _ in typed()}))
def test_each_command_that_is_shown_exists_with_its_verb_and_options(command: str) -> None:
    assert command in get_commands(), command
    for where, name, words in typed():
        if name != command:
            continue
        verbs = verbs_of(parser_of(command))
        parser = verbs[""] if "" in verbs else verbs.get(words[0] if words else "")
        assert parser or not words, (where, command, words)
        known = parser._option_string_actions if parser else {}
        options = [word.partition("=")[0] for word in words if word.startswith("--")]
        wrong = [one.rstrip(".,;:)") for one in options if one.rstrip(".,;:)") not in known]
        assert not wrong, (where, command, wrong)
