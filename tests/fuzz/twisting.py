"""Answers that are nearly right: a true one with one part of it replaced, left out or doubled."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Path = tuple[Any, ...]
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["", "0x", "SUCCESS", "FAILED", "00" * 32, "41" + "00" * 20, 2**63, -1, 1e308]),
    st.lists(st.none() | st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.none() | st.integers(), max_size=2),
)  # fmt: skip


def paths_of(value: Any, above: Path = ()) -> Iterator[Path]:
    """Yield the place of every part of a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts if isinstance(value, dict | list) else ():
        yield (*above, key)
        if isinstance(part, dict | list):
            yield from paths_of(part, (*above, key))


@st.composite
def twisted(draw: st.DrawFn, truth: Any) -> Any:
    """Return a copy that differs in one place, or something else altogether."""
    place = draw(st.sampled_from([(), *paths_of(truth)]))
    if not place:
        return draw(JUNK)
    told = deepcopy(truth)
    holder = told
    for key in place[:-1]:
        holder = holder[key]
    key, how = place[-1], draw(st.sampled_from(["junk", "junk", "gone", "doubled", "listed"]))
    if how == "gone":
        del holder[key]
    elif how == "doubled" and isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    elif how == "listed":
        holder[key] = [holder[key]]
    else:
        holder[key] = draw(JUNK)
    return told
