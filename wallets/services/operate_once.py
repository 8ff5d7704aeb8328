"""Starting an operation once for a key, however often it is asked for."""

from collections.abc import Callable
from functools import partial
from typing import Any

from access import idempotency
from access.idempotency import Answer
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from wallets.operations import operation_body
from wallets.services.operate import Asker, operation_request
from wallets.services.operate_prepare import Prepared


def operate_once(
    *,
    asker: Asker,
    endpoint: str,
    key: str | None,
    body: dict[str, Any],
    prepare: Callable[[], Prepared],
    waits: bool = False,
) -> Answer:
    """Start what ``prepare`` returns, once for the asker's key, and return the 202.

    ``prepare`` asks the chain, before any transaction of the database; not for a repeated
    request, about which the chain would say something else by now. ``waits``: for the end of a
    first request with this key that is still running, instead of refusing this one. Raises what
    ``prepare`` raises, and what ``operation_request`` and ``run_once`` raise.
    """
    user_id, body_hash = asker.owner_id, idempotency.hash_of(body)
    if user_id is None:
        raise ValueError(asker)
    named: dict[str, Any] = {
        "user_id": user_id, "endpoint": endpoint, "key": key, "body_hash": body_hash
    }  # fmt: skip
    answer = idempotency.remembered(**named)
    if answer is not None:
        return answer
    try:
        prepared = prepare()
    except LucidError:
        # The first request may have ended meanwhile, and be why it cannot be done once more.
        answer = idempotency.remembered(**named)
        if answer is None:
            raise
        return answer
    return idempotency.run_once(**named, run=partial(_requested, prepared, asker), waits=waits)


def _requested(prepared: Prepared, asker: Asker) -> Answer:
    operation = operation_request(
        wallet_id=prepared.wallet_id,
        order=prepared.order,
        cost=prepared.cost,
        asker=asker,
        now=utc_now(),
        once_key=prepared.once_key,
    )
    return Answer(202, operation_body(operation))
