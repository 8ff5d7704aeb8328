"""What the guides tell people to type does what they say."""

import os
from pathlib import Path

import pytest

from tests.docs.guides import Step, difference, follow
from tests.docs.pages import DOCS, ROOT

PAGES = ("index.md", "api-guide.md", "tron-api.md")
GUIDES = (ROOT / "README.md", *(DOCS / name for name in PAGES))


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_each_command_answers_as_it_is_shown(guide: Path, reader: Path) -> None:
    followed = list(follow(guide, reader, os.environ))
    assert followed
    for step, printed in followed:
        wrong = difference(step, printed)
        assert not wrong, f"{guide.name}: {wrong}\n{step.commands}\n{printed}"


def test_an_answer_that_differs_is_found() -> None:
    step = Step("", "json answer", '{"id": "p_…", "n": 1.50, "flag": true, "rows": [{"a": null}]}')
    good = '{"id": "p_17", "n": 1.5, "flag": true, "rows": [{"a": null, "b": 2}, 3], "more": 1}'
    assert not difference(step, good)
    for right, wrong in (("p_17", "q_17"), ("1.5", "1.51"), ("true", "1"), ("null", "0")):
        assert difference(step, good.replace(right, wrong)), wrong
    assert difference(Step("", "text answer", "204\n"), "2040")
