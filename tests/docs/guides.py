"""Blocks of a document that are run in a shell, and the answers it shows."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(bash test|json answer|text answer)\n(.*?)^```$", re.S | re.M)
END = "-- end of block --"
LIMIT_S = 120


@dataclass(frozen=True)
class Step:
    """Commands, and what the document shows of their answer: of a kind, or nothing."""

    commands: str
    kind: str = ""
    shown: str = ""


def steps(guide: Path) -> list[Step]:
    """Return the steps of a document in their order."""
    found: list[Step] = []
    for kind, text in BLOCK.findall(guide.read_text()):
        if kind == "bash test":
            found.append(Step(text))
        else:
            assert not found[-1].kind, f"{guide.name}: two answers to {found[-1].commands}"
            found[-1] = Step(found[-1].commands, kind, text)
    return found


def follow(guide: Path, folder: Path, env: Mapping[str, str]) -> Iterator[tuple[Step, str]]:
    """Run all blocks in one shell, and yield each with what it printed.

    The shell ends at the first command that fails, so a block that is missing has not been run.
    """
    todo = steps(guide)
    script = "".join(f"{one.commands}\necho\necho '{END}'\n" for one in todo)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder, env=dict(env), capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    printed = done.stdout.split(f"\n{END}\n")
    for at, one in enumerate(todo):
        assert at < len(printed) - 1, f"{one.commands}\n{printed[-1]}\n{done.stderr}"
        yield one, printed[at].strip()


def difference(step: Step, printed: str) -> str:
    """Return in what an answer is not as it is shown; nothing when it is."""
    if not step.kind:
        return ""
    if step.kind == "text answer":
        return _unlike(step.shown.strip(), printed.replace("\r", ""), "text")
    shown, said = (json.loads(text, parse_float=Decimal) for text in (step.shown, printed))
    return _unlike(shown, said, "answer")


def _unlike(shown: Any, said: Any, where: str) -> str:
    """Compare what is shown with what was said, which may have more fields and items."""
    if shown == "…":
        return ""
    if isinstance(shown, dict) and isinstance(said, dict):
        kept = {key: value for key, value in shown.items() if key != "…"}
        pairs = [(value, said.get(key, "nothing"), f"{where}.{key}") for key, value in kept.items()]
    elif isinstance(shown, list) and isinstance(said, list) and len(shown) <= len(said):
        pairs = [(one, said[at], f"{where}[{at}]") for at, one in enumerate(shown)]
    else:
        return "" if _same(shown, said) else f"{where} is {said!r}, not {shown!r}"
    return next((found for pair in pairs if (found := _unlike(*pair))), "")


def _same(shown: Any, said: Any) -> bool:
    if isinstance(shown, str) and isinstance(said, str):
        pattern = ".*".join(re.escape(part) for part in shown.split("…"))
        return re.fullmatch(pattern, said, re.DOTALL) is not None
    return bool(shown == said and isinstance(shown, bool) == isinstance(said, bool))
