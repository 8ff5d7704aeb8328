"""All looks, in the order in which one would mend what they find."""

from collections.abc import Iterator

from lucidpay.doctor.broker import broker_lines
from lucidpay.doctor.chain import chain_lines, scanner_lines
from lucidpay.doctor.configured import (
    SENDER,
    WEB,
    WORKER,
    key_lines,
    mail_lines,
    settings_lines,
)
from lucidpay.doctor.database import database_lines
from lucidpay.doctor.holdings import disk_lines, halt_lines, wallet_lines
from lucidpay.doctor.line import OK, WARNING, WRONG, Line, Look

LEVELS = (OK, WARNING, WRONG)
NONE = ""  # of a person who looks at the whole machine
ASK_NODES = (NONE, WEB, WORKER)  # the others may have no way to them
SEND_MAIL = (NONE, SENDER)


def doctor_lines(role: str) -> Iterator[Line]:
    """Yield every line. Changes nothing, and asks nodes, the mail server, PostgreSQL and Redis.

    As a role, what that has no use for is not looked at.
    """
    looks: list[Look] = [settings_lines, lambda: key_lines(role), database_lines, broker_lines]
    if role in ASK_NODES:
        looks.append(chain_lines)
    looks += [scanner_lines, halt_lines, wallet_lines]
    if role in SEND_MAIL:
        looks.append(mail_lines)
    for look in (*looks, disk_lines):
        yield from look()


def worst_of(lines: list[Line]) -> str:
    """Return how all of it is."""
    return max((one.level for one in lines), key=LEVELS.index, default=OK)
