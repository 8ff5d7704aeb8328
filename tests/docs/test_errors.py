"""Every code of an error has its line in ``docs/errors.md``, with the statuses it comes with."""

import ast
import importlib
import inspect
import re

from lucidpay import errors
from lucidpay.api import errors as handler
from lucidpay.errors import LucidError
from tests.docs.pages import APPS, ROOT, page, rows, sources, words

CODES = {value for value in vars(errors).values() if str(value).startswith("LUCID_ERR_")}
# Not part of the platform's process.
APART = ("lucidpay.demo", "lucidpay.embedded", "tron.sandbox")


def subclasses(of: type[LucidError]) -> set[type[LucidError]]:
    return {of}.union(*(subclasses(one) for one in of.__subclasses__()))


def import_all() -> None:
    """Import every module that has a code or a status of its own."""
    for path in sources():
        if re.search(r"^    (status_code|code) = ", path.read_text(), re.MULTILINE):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if not name.startswith(APART):
                importlib.import_module(name)


def raised() -> set[tuple[str, int]]:
    """Return codes and statuses of all errors that are classes of ours, from our own modules."""
    import_all()
    known = {one for one in subclasses(LucidError) if one.__module__.startswith(APPS)}
    return {(one.code, one.status_code) for one in known}


def handled() -> set[tuple[str, int]]:
    """Return codes and statuses that the handler gives to errors which are not ours."""
    tree = ast.parse(inspect.getsource(handler))
    pairs = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Tuple | ast.Call):
            continue
        parts = node.elts if isinstance(node, ast.Tuple) else node.args
        statuses = [one.value for one in parts if isinstance(one, ast.Constant)]
        named = [ast.unparse(one).removeprefix("errors.") for one in parts]
        pairs |= {
            (getattr(errors, name), status)
            for name in named
            for status in statuses
            if name.isupper() and hasattr(errors, name) and isinstance(status, int)
        }
    return pairs


def told() -> dict[str, set[int]]:
    lines = [line for line in rows(page("errors.md")) if len(line) == 4]
    return {
        words(code)[0]: {int(one) for one in statuses.split(", ")} for code, statuses, *_ in lines
    }


def test_every_code_has_its_line_and_every_line_is_a_code() -> None:
    assert "LUCID_ERR_2007" in CODES
    assert set(told()) == CODES


def test_each_line_says_the_statuses_that_the_code_comes_with() -> None:
    assert {("LUCID_ERR_1000", 503), ("LUCID_ERR_1006", 422)} <= raised()
    assert ("LUCID_ERR_2009", 429) in handled()
    pairs = {(code, status) for code, statuses in told().items() for status in statuses}
    assert pairs == raised() | handled()


def test_each_line_says_what_it_means_and_what_to_do() -> None:
    for code, _, means, todo in rows(page("errors.md")):
        assert means, code
        assert todo, code
