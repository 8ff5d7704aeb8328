"""Starting an operation once for a key, however often it is asked for."""

from collections.abc import Callable
from typing import Any

from access import idempotency
from access.idempotency import Answer
from lucidpay.clock import utc_now
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
) -> Answer:
    """Start what ``prepare`` returns, once for the asker's key, and return the 202.

    ``prepare`` asks the chain, before any transaction of the database; not for a repeated
    request, about which the chain would say something else by now. Raises what it raises, and what
    ``operation_request`` and ``run_once`` raise.
    """
    user_id, body_hash = asker.owner_id, idempotency.hash_of(body)
    if user_id is None:
        raise ValueError(asker)
    answer = idempotency.remembered(
        user_id=user_id, endpoint=endpoint, key=key, body_hash=body_hash
    )
    if answer is None:
        prepared, now = prepare(), utc_now()

        def run() -> Answer:
            operation = operation_request(
                wallet_id=prepared.wallet_id,
                order=prepared.order,
                cost=prepared.cost,
                asker=asker,
                now=now,
                once_key=prepared.once_key,
            )
            return Answer(202, operation_body(operation))

        answer = idempotency.run_once(
            user_id=user_id, endpoint=endpoint, key=key, body_hash=body_hash, run=run
        )
    return answer
