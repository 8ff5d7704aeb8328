"""The chain on disk: one SQLite file, one transaction a block.

``state`` holds every value a key ever had and the block that gave it, so that a restart finds the
head's and the solid state without executing anything again, and the state of every earlier block
can be read.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tron.sandbox.blocks import Block, block_read
from tron.sandbox.errors import SandboxError
from tron.sandbox.records import value_dump, value_load

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, header BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
    txid BLOB PRIMARY KEY, number INTEGER NOT NULL, position INTEGER NOT NULL,
    body BLOB NOT NULL, info TEXT NOT NULL, owner BLOB NOT NULL, partner BLOB) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_by_block ON transactions (number, position);
CREATE INDEX IF NOT EXISTS transactions_by_owner ON transactions (owner, number, position);
CREATE INDEX IF NOT EXISTS transactions_by_partner ON transactions (partner, number, position)
    WHERE partner IS NOT NULL;
CREATE TABLE IF NOT EXISTS transfers (
    number INTEGER NOT NULL, txid BLOB NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    amount TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS transfers_by_sender ON transfers (sender, number);
CREATE INDEX IF NOT EXISTS transfers_by_recipient ON transfers (recipient, number);
CREATE TABLE IF NOT EXISTS state (
    key BLOB NOT NULL, number INTEGER NOT NULL, value TEXT NOT NULL, by_hand INTEGER NOT NULL,
    PRIMARY KEY (key, number)) WITHOUT ROWID;
"""
LAYOUT = 3  # of the tables; a file with another one is refused
Changes = dict[bytes, Any]


@dataclass(frozen=True, slots=True)
class Included:
    """A transaction in a block: its bytes with the result, its TransactionInfo as JSON."""

    txid: bytes
    body: bytes
    info: str
    transfers: tuple[tuple[str, str, int], ...]  # (sender, recipient, base units) of USDT
    owner: bytes
    partner: bytes | None


@dataclass(slots=True)
class Diff:
    """What one block changed; ``by_hand`` is the part that no transaction did."""

    number: int
    changes: Changes = field(default_factory=dict)
    by_hand: Changes = field(default_factory=dict)


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
        self._layout_check()
        self._db.executescript(SCHEMA)

    def _layout_check(self) -> None:
        """Refuse a file that another version wrote; raises ``SandboxError``."""
        layout = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and layout != LAYOUT:
            self.close()
            raise SandboxError("this data is of another version of the sandbox: remove it")
        self._db.execute(f"PRAGMA user_version={LAYOUT}")

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Make all that is stored inside one transaction; inside another it is part of that."""
        if self._db.in_transaction:
            yield
            return
        with self._db:
            self._db.execute("BEGIN")
            yield

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
        with self.atomic():
            self._block_insert(genesis)
            self.state_put(0, state)

    def append(
        self,
        block: Block,
        included: list[Included],
        changes: Changes,
        solid_number: int,
        clock: dict[str, Any],
    ) -> None:
        """Store a block, its effects, and which block is solid with it: all or nothing."""
        with self.atomic():
            self._block_insert(block)
            self._transactions_insert(block.number, included)
            self.state_put(block.number, changes)
            self.meta_put("solid", solid_number)
            self.meta_put("clock", clock)

    def rewind(self, number: int) -> None:
        """Forget all blocks above a height and what they changed."""
        with self.atomic():
            for table in ("blocks", "transactions", "transfers"):
                self._db.execute(f"DELETE FROM {table} WHERE number>?", (number,))  # noqa: S608 (three names)
            self._db.execute("DELETE FROM state WHERE number>?", (number,))

    def _block_insert(self, block: Block) -> None:
        row = (block.number, block.id, block.header.SerializeToString())
        self._db.execute("INSERT INTO blocks VALUES (?, ?, ?)", row)

    def _transactions_insert(self, number: int, included: list[Included]) -> None:
        self._db.executemany(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (tx.txid, number, position, tx.body, tx.info, tx.owner, tx.partner)
                for position, tx in enumerate(included)
            ],
        )
        self._db.executemany(
            "INSERT INTO transfers VALUES (?, ?, ?, ?, ?)",
            [
                (number, tx.txid, f, t, str(amount))
                for tx in included
                for f, t, amount in tx.transfers
            ],
        )

    def state_put(self, number: int, changes: Changes, *, by_hand: bool = False) -> None:
        """Store what changed with a block."""
        rows = [(key, number, value_dump(value), by_hand) for key, value in changes.items()]
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)", rows)

    def state_load(self, number: int) -> Changes:
        """Return the whole state as of a block."""
        # SQLite gives the row of the maximum.
        rows = self._db.execute(
            "SELECT key, value, max(number) FROM state WHERE number<=? GROUP BY key", (number,)
        )
        return {key: value_load(key, value) for key, value, _ in rows}

    def state_get(self, key: bytes, number: int, default: Any = None) -> Any:
        """Return one value as of a block, or the default where there was none."""
        row = self._db.execute(
            "SELECT value FROM state WHERE key=? AND number<=? ORDER BY number DESC LIMIT 1",
            (key, number),
        ).fetchone()
        return value_load(key, row[0]) if row else default

    def diffs_load(self, number: int, head: int) -> Iterator[Diff]:
        """Yield what each block above a height changed, in order."""
        diffs = {n: Diff(n) for n in range(number + 1, head + 1)}
        rows = self._db.execute(
            "SELECT number, key, value, by_hand FROM state WHERE number>?", (number,)
        )
        for at, key, text, by_hand in rows:
            value = value_load(key, text)
            diffs[at].changes[key] = value
            if by_hand:
                diffs[at].by_hand[key] = value
        yield from diffs.values()

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

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, in order."""
        query = "SELECT body FROM transactions WHERE number=? ORDER BY position"
        return [row[0] for row in self._db.execute(query, (number,))]

    def infos(self, number: int) -> list[str]:
        """Return the TransactionInfos of a block as JSON texts, in order."""
        query = "SELECT info FROM transactions WHERE number=? ORDER BY position"
        return [row[0] for row in self._db.execute(query, (number,))]

    def select(self, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query of the tables above, as they are asked for."""
        yield from self._db.execute(query, values)

    def transfers(self, sender: str) -> list[tuple[bytes, str, str, int]]:
        """Return (txid, recipient, amount, block) of a sender's USDT transfers, oldest first."""
        return self._db.execute(
            "SELECT txid, recipient, amount, number FROM transfers WHERE sender=? ORDER BY rowid",
            (sender,),
        ).fetchall()
