"""Tables of arrows, kept by PostgreSQL."""

from collections.abc import Iterable

import pgtrigger


def arrows(name: str, field: str, transitions: Iterable[tuple[str, str]]) -> pgtrigger.FSM:
    """Return a trigger that refuses every change of a field but these.

    PostgreSQL compares a row with the list by itself and calls the function, which looks again,
    for what is not in it. Called for every row that is written, it took as long as writing it.
    """
    listed = sorted((str(start), str(end)) for start, end in transitions)
    old, new = f'OLD."{field}"', f'NEW."{field}"'
    allowed = ", ".join(f"('{start}', '{end}')" for start, end in listed)
    is_none = pgtrigger.Condition(f"{old} <> {new} AND ({old}, {new}) NOT IN ({allowed})")
    return pgtrigger.FSM(name=name, field=field, transitions=listed, condition=is_none)
