"""The chain on disk: one SQLite file, one transaction a block.

``state`` is the state of the solid block and ``diffs`` the changes of the blocks above it, so
that a restart finds both the head and the solid state without executing anything again.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tron.sandbox.blocks import Block, block_read
from tron.sandbox.errors import SandboxError
from tron.sandbox.state import value_dump, value_load

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, header BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
    txid BLOB PRIMARY KEY, number INTEGER NOT NULL, position INTEGER NOT NULL,
    body BLOB NOT NULL, info TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_by_block ON transactions (number, position);
CREATE TABLE IF NOT EXISTS transfers (
    number INTEGER NOT NULL, txid BLOB NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    amount TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS transfers_by_sender ON transfers (sender, number);
CREATE INDEX IF NOT EXISTS transfers_by_recipient ON transfers (recipient, number);
CREATE TABLE IF NOT EXISTS state (key BLOB PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS diffs (number INTEGER PRIMARY KEY, changes TEXT NOT NULL);
"""
Changes = dict[bytes, Any]


@dataclass(frozen=True, slots=True)
class Included:
    """A transaction in a block: its bytes with the result, its TransactionInfo as JSON."""

    txid: bytes
    body: bytes
    info: str
    transfers: tuple[tuple[str, str, int], ...]  # (sender, recipient, base units) of USDT


@dataclass(frozen=True, slots=True)
class Found:
    """A stored transaction and where it stands."""

    number: int
    body: bytes
    info: str


class Storage:
    """The file under a data directory, which one process at a time may open."""

    def __init__(self, directory: Path) -> None:
        """Open or create the file; raises ``SandboxError`` if another process has it."""
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = (directory / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise SandboxError(f"another sandbox is running on {directory}") from error
        self._db = sqlite3.connect(directory / "chain.sqlite3", isolation_level=None)
        # WAL survives kill -9 with NORMAL; only a power cut could lose the last blocks.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file and let another process open it."""
        self._db.close()
        self._lock.close()

    def meta(self, name: str) -> Any:
        """Return a stored setting, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def meta_put(self, name: str, value: Any) -> None:
        """Store a setting."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def begin(self, genesis: Block, state: Changes) -> None:
        """Store block 0 and the first state."""
        with self._db:
            self._db.execute("BEGIN")
            self._block_insert(genesis)
            self.state_put(state)

    def append(
        self,
        block: Block,
        included: list[Included],
        changes: Changes,
        solidified: Iterable[tuple[int, Changes]],
        clock: dict[str, Any],
    ) -> None:
        """Store a block, its effects, and the effects that became solid with it: all or nothing."""
        with self._db:
            self._db.execute("BEGIN")
            self._block_insert(block)
            self._transactions_insert(block.number, included)
            self.diff_put(block.number, changes)
            for number, solid_changes in solidified:
                self.state_put(solid_changes)
                self._db.execute("DELETE FROM diffs WHERE number=?", (number,))
            self.meta_put("clock", clock)

    def _block_insert(self, block: Block) -> None:
        row = (block.number, block.id, block.header.SerializeToString())
        self._db.execute("INSERT INTO blocks VALUES (?, ?, ?)", row)

    def _transactions_insert(self, number: int, included: list[Included]) -> None:
        self._db.executemany(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?)",
            [(tx.txid, number, position, tx.body, tx.info) for position, tx in enumerate(included)],
        )
        self._db.executemany(
            "INSERT INTO transfers VALUES (?, ?, ?, ?, ?)",
            [
                (number, tx.txid, f, t, str(amount))
                for tx in included
                for f, t, amount in tx.transfers
            ],
        )

    def diff_put(self, number: int, changes: Changes) -> None:
        """Store what a block that is not solid yet changed."""
        text = json.dumps([[key.hex(), value_dump(value)] for key, value in changes.items()])
        self._db.execute("INSERT OR REPLACE INTO diffs VALUES (?, ?)", (number, text))

    def state_put(self, changes: Changes) -> None:
        """Store changes of the solid state."""
        rows = [(key, value_dump(value)) for key, value in changes.items()]
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)

    def state_load(self) -> Changes:
        """Return the state of the solid block."""
        rows = self._db.execute("SELECT key, value FROM state")
        return {key: value_load(key, value) for key, value in rows}

    def diffs_load(self) -> Iterator[tuple[int, Changes]]:
        """Yield (number, changes) of the blocks above the solid one, in order."""
        rows = self._db.execute("SELECT number, changes FROM diffs ORDER BY number")
        for number, text in rows:
            pairs = ((bytes.fromhex(key), value) for key, value in json.loads(text))
            yield number, {key: value_load(key, value) for key, value in pairs}

    def head(self) -> Block | None:
        """Return the last block, None in an empty file."""
        row = self._db.execute("SELECT header FROM blocks ORDER BY number DESC LIMIT 1").fetchone()
        return block_read(row[0]) if row else None

    def block(self, number: int) -> Block | None:
        """Return the block of a height."""
        row = self._db.execute("SELECT header FROM blocks WHERE number=?", (number,)).fetchone()
        return block_read(row[0]) if row else None

    def block_number(self, block_id: bytes) -> int | None:
        """Return the height of a block ID."""
        row = self._db.execute("SELECT number FROM blocks WHERE id=?", (block_id,)).fetchone()
        return row[0] if row else None

    def ids_since(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Yield (number, ID) from a height to the head."""
        yield from self._db.execute("SELECT number, id FROM blocks WHERE number>=?", (number,))

    def transaction(self, txid: bytes) -> Found | None:
        """Return an included transaction."""
        row = self._db.execute(
            "SELECT number, body, info FROM transactions WHERE txid=?", (txid,)
        ).fetchone()
        return Found(*row) if row else None

    def has_transaction(self, txid: bytes) -> bool:
        """Say whether a transaction is in a block."""
        query = "SELECT 1 FROM transactions WHERE txid=?"
        return self._db.execute(query, (txid,)).fetchone() is not None

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, in order."""
        query = "SELECT body FROM transactions WHERE number=? ORDER BY position"
        return [row[0] for row in self._db.execute(query, (number,))]

    def infos(self, number: int) -> list[str]:
        """Return the TransactionInfos of a block as JSON texts, in order."""
        query = "SELECT info FROM transactions WHERE number=? ORDER BY position"
        return [row[0] for row in self._db.execute(query, (number,))]

    def transfers(self, sender: str) -> list[tuple[bytes, str, str, int]]:
        """Return (txid, recipient, amount, block) of a sender's USDT transfers, oldest first."""
        return self._db.execute(
            "SELECT txid, recipient, amount, number FROM transfers WHERE sender=? ORDER BY rowid",
            (sender,),
        ).fetchall()
