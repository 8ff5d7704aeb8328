"""The page of concepts has every state and every arrow, and so has its picture."""

import re

from payouts.states import ARROWS, FINAL, Status
from tests.docs.pages import DOCS, page, rows, section, words


def test_every_state_and_every_arrow_is_told_and_no_other() -> None:
    table = rows(section(page("concepts.md"), "States"))
    states = {words(line[0])[0]: line[1] for line in table if len(line) == 2}
    arrows = [(words(line[0])[0], words(line[1])[0]) for line in table if len(line) == 3]
    assert set(states) == set(Status.values)
    assert {name for name, text in states.items() if text.endswith("Final")} == FINAL
    assert len(arrows) == len(set(arrows))
    assert set(arrows) == ARROWS


def test_the_picture_has_every_state_and_as_many_arrows() -> None:
    picture = (DOCS / "img" / "states.svg").read_text()
    assert set(re.findall(r'font-weight="600"[^>]*>(\w+)<', picture)) == set(Status.values)
    assert picture.count('marker-end="url(#a)"') == len(ARROWS)
