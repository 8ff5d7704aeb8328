"""JSON is refused before the parser can come to harm by it."""

import sys

import pytest

from lucidpay.api.json import dumps, loads


@pytest.mark.parametrize("text", ["[" * 60_000, '{"a":' * 60_000, '[1,"[", ' * 300])
def test_depth_is_refused_before_the_parser_could_fall_off_its_stack(text: str) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)  # as a library may do it for the whole process
    try:
        with pytest.raises(ValueError, match="nested deeper"):
            loads(text)
    finally:
        sys.setrecursionlimit(before)


def test_brackets_in_texts_are_no_depth() -> None:
    deep = {"a": "[{" * 1_000, "b": ['"[' * 300] * 300}
    assert loads(dumps(deep)) == deep
    assert len(loads("[" + ",".join(["[[1]]"] * 500) + "]")) == 500
