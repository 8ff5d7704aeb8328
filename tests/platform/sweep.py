"""Looking for secrets in all that a platform has written, said, stored and queued."""

import os
import re
import subprocess
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
import redis
from mnemonic import Mnemonic
from psycopg import sql

from tests.platform import spellings
from tests.platform.running import Platform

# With them goes what every connection has asked last.
TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'
    UNION ALL SELECT 'pg_catalog', 'pg_stat_activity'
"""
COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""

WORDS = {word.encode() for word in Mnemonic("english").wordlist}
WORD = re.compile(rb"[a-z]+")
# Twelve or more in a row, with whatever JSON or Python puts between them.
RUN = re.compile(rb"(?:[a-z]+[ ,\"'\\]+){11,}[a-z]+")
FEWEST = 12


@dataclass
class Sweep:
    """Secrets by name, and a directory whose files must hold none of them.

    The directory is the platform's: logs of all processes, files of PostgreSQL with its log and
    the journal of every change, Valkey's journal of every command, and litter. What is in tables,
    in Valkey and in answers is written there as well.
    """

    running: Platform
    needles: dict[bytes, str] = field(default_factory=dict)

    def hide(self, name: str, found: set[bytes]) -> None:
        """Look for this one, too."""
        self.needles |= dict.fromkeys(found, name)

    def hide_key(self, name: str, key: bytes) -> None:
        """Look for a key or a seed."""
        self.hide(name, spellings.of_key(key))

    def hide_text(self, name: str, text: str) -> str:
        """Look for a text, and return it."""
        self.hide(name, spellings.of_text(text))
        return text

    def hide_words(self, name: str, words: str) -> None:
        """Look for words."""
        self.hide(name, spellings.of_words(words))

    def keep(self, name: str, content: bytes) -> None:
        """Have this searched under a name."""
        place = self.running.directory / "swept"
        place.mkdir(exist_ok=True)
        with (place / name).open("ab") as file:
            file.write(content + b"\n")

    def keep_tables(self) -> None:
        """Have every column of every table searched as it stands now."""
        with psycopg.connect(self.running.dsn) as connection:
            for schema, table in connection.execute(TABLES).fetchall():
                named = connection.execute(COLUMNS, (schema, table)).fetchall()
                columns = [sql.SQL("{}::text").format(sql.Identifier(name)) for (name,) in named]
                query = sql.SQL("SELECT concat_ws(E'\\n', {}) FROM {}").format(
                    sql.SQL(", ").join(columns), sql.Identifier(schema, table)
                )
                for (text,) in connection.execute(query):
                    self.keep(f"{schema}.{table}", text.encode())

    def keep_valkey(self) -> None:
        """Have every key and value of every database of Valkey searched as it stands now."""
        with redis.Redis.from_url(self.running.env["REDIS_URL"]) as client:
            for key in client.scan_iter():
                self.keep("valkey", key + b" " + held(client, key))

    def found(self) -> list[str]:
        """Return every place where something was found, with the name of what it is."""
        paths = self.files_with(set(self.needles))
        return [told for path in paths for told in self._told(path)] + self._words()

    def files_with(self, needles: set[bytes]) -> list[str]:
        """Return the files that have one of these anywhere."""
        done = subprocess.run(
            ["grep", "--recursive", "--devices=skip", "--text", "--fixed-strings",
             "--files-with-matches", "--file=-", *map(str, self._places())],
            input=b"\n".join(needles), capture_output=True, check=False,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        return done.stdout.decode().splitlines()

    def _places(self) -> set[Path]:
        """Return the platform's directory, and the servers' own where it is another."""
        home, directory = self.running.servers_home, self.running.directory
        return {directory} if home.is_relative_to(directory) else {directory, home}

    def _words(self) -> list[str]:
        """Return where words are that nobody has told us: some that a worker had made and lost."""
        logs = [*self.running.directory.glob("*.log"), *self.running.directory.glob("swept/*")]
        logs += self.running.servers_home.rglob("server.log")
        return [f"words in {path}" for path in logs for run in RUN.findall(path.read_bytes())
                if _is_mnemonic(WORD.findall(run))]  # fmt: skip

    def _told(self, path: str) -> list[str]:
        content = Path(path).read_bytes()
        names = {name for needle, name in self.needles.items() if needle in content}
        return [f"{name} in {path}" for name in sorted(names)]


def held(client: Any, key: bytes) -> bytes:
    """Return what a key of Valkey holds; not as it is dumped, which may be compressed."""
    read = {
        b"string": lambda: client.get(key),
        b"list": lambda: client.lrange(key, 0, -1),
        b"hash": lambda: client.hgetall(key),
        b"set": lambda: client.smembers(key),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"stream": lambda: client.xrange(key),
        b"none": lambda: b"",  # it has gone meanwhile
    }[client.type(key)]()
    return read if isinstance(read, bytes) else repr(read).encode()


def _is_mnemonic(run: list[bytes]) -> bool:
    """Return whether enough words that belong to BIP-39's list follow each other."""
    lengths = (len(list(group)) for known, group in groupby(run, WORDS.__contains__) if known)
    return max(lengths, default=0) >= FEWEST
