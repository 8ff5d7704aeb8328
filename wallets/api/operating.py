"""What every call that starts an operation has in common: asked once, answered 202."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from access import idempotency
from access.caller import caller_of
from access.idempotency import Answer
from lucidpay.api.request_id import request_id_of
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from wallets import tasks
from wallets.operations import operation_body
from wallets.services.operate import Asker, operation_request
from wallets.services.operate_prepare import Prepared


def operate(
    request: Request, *, endpoint: str, body: dict[str, Any], prepare: Callable[[], Prepared]
) -> Response:
    """Start what ``prepare`` returns, once for an Idempotency-Key, and answer 202.

    ``prepare`` asks the chain, before any transaction of the database; not for a repeated
    request, about which the chain would say something else by now.
    """
    caller, key = caller_of(request), idempotency.key_of(request)
    body_hash = idempotency.hash_of(body)
    answer = idempotency.remembered(
        user_id=caller.user_id, endpoint=endpoint, key=key, body_hash=body_hash
    )
    if answer is None:
        prepared, now = prepare(), utc_now()
        asker = Asker(f"user {caller.user_id}", caller.user_id, request_id_of(request))

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
            user_id=caller.user_id, endpoint=endpoint, key=key, body_hash=body_hash, run=run
        )
        ring_on_commit(tasks.operate)
    return accepted(answer)


def accepted(answer: Answer) -> Response:
    """Return a 202 that says where to look."""
    response = Response(answer.told, status=answer.status_code)
    response["Location"] = reverse("operation", args=[answer.body["operation_id"]])
    if answer.replayed:
        response[idempotency.REPLAYED] = "true"
    return response
