"""The command line, run as a shell would, and what it said."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from lucidpay_client.cli.app import app
from lucidpay_client.cli.show import Session
from tests.sdk.conftest import AT_ONCE


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> list[Any]:
        """What it printed, when that was JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """An environment in which commands are run; its home is a directory of the test."""

    home: Path
    url: str = ""
    api_key: str = ""

    @property
    def environ(self) -> dict[str, str]:
        given = {"LUCIDPAY_URL": self.url, "LUCIDPAY_API_KEY": self.api_key}
        return {"HOME": str(self.home), **{name: told for name, told in given.items() if told}}

    def run(self, *words: str, typed: str = "") -> Said:
        """Run ``lucidpay`` with these words; there is no terminal."""
        session = Session(self.environ, retries=AT_ONCE)
        done = CliRunner().invoke(app, list(words), obj=session, input=typed)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout, done.stderr)
