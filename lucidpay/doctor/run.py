"""All looks, in the order in which one would mend what they find."""

from collections.abc import Iterator

from lucidpay.doctor.broker import broker_lines
from lucidpay.doctor.chain import chain_lines, scanner_lines
from lucidpay.doctor.configured import key_lines, mail_lines, settings_lines
from lucidpay.doctor.database import database_lines
from lucidpay.doctor.holdings import disk_lines, halt_lines, wallet_lines
from lucidpay.doctor.line import OK, WARNING, WRONG, Line, Look

LEVELS = (OK, WARNING, WRONG)


def doctor_lines(role: str) -> Iterator[Line]:
    """Yield every line. Changes nothing, and asks nodes, the mail server, PostgreSQL and Redis."""
    looks: tuple[Look, ...] = (
        settings_lines, lambda: key_lines(role), database_lines, broker_lines, chain_lines,
        scanner_lines, halt_lines, wallet_lines, mail_lines, disk_lines,
    )  # fmt: skip
    for look in looks:
        yield from look()


def worst_of(lines: list[Line]) -> str:
    """Return how all of it is."""
    return max((one.level for one in lines), key=LEVELS.index, default=OK)
