"""Payouts by their ids, by a statement that is written once.

The ORM takes longer to write this statement, at every call anew, than PostgreSQL to run it. The
columns are those of the models, whatever fields they get.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

from lucidpay.sql import ask
from payouts.models import Payout
from tron.models import ChainTransaction

M = TypeVar("M", bound=Model)
# Both of ``owner``: for those who see all, and for others.
_WHERE = (
    "payouts_payout.id = %(key)s::uuid"
    " AND (%(owner)s::bigint IS NULL OR payouts_payout.owner_id = %(owner)s::bigint)"
)


def payout_lookup(key: UUID, *, owner_id: int | None = None) -> Payout | None:
    """Return the payout with its ``transaction`` loaded, or ``None``; one statement.

    With ``owner_id`` other people's payouts are not found.
    """
    rows = ask(f"{_select()} WHERE {_WHERE}", {"key": key, "owner": owner_id})
    return _payout(rows[0]) if rows else None


def payouts_of(keys: QuerySet[Any, Any]) -> list[Payout]:
    """Return the payouts of a query for keys, newest first, each with its ``transaction``.

    One statement, and so one moment: what the query asks of them still holds of what is returned.
    """
    sql, params = keys.query.sql_with_params()
    newest = f"payouts_payout.id IN ({sql}) ORDER BY payouts_payout.id DESC"
    with connection.cursor() as cursor:
        cursor.execute(f"{_select()} WHERE {newest}", params)
        return [_payout(row) for row in cursor.fetchall()]


def _payout(row: Sequence[Any]) -> Payout:
    split = len(Payout._meta.concrete_fields)
    payout, rest = _made(Payout, row[:split]), row[split:]
    if payout.transaction_id is not None:
        payout.transaction = _made(ChainTransaction, rest)
    return payout


@cache
def _select() -> str:
    columns = [
        f"{model._meta.db_table}.{field.column}"
        for model in (Payout, ChainTransaction)
        for field in model._meta.concrete_fields
    ]
    return (
        f"SELECT {', '.join(columns)} FROM payouts_payout"  # noqa: S608 (the models' own names)
        " LEFT JOIN tron_chaintransaction"
        " ON tron_chaintransaction.id = payouts_payout.transaction_id"
    )


@cache
def _shape(model: type[Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """Return the names of the fields, and what the database's values of some are made into."""
    fields = model._meta.concrete_fields
    made = [
        (number, convert)
        for number, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    return [field.attname for field in fields], made


def _made(model: type[M], row: Sequence[Any]) -> M:
    names, made = _shape(model)
    values = list(row)
    for number, convert in made:
        values[number] = convert(values[number], None, connection)
    return model.from_db(connection.alias, names, values)
