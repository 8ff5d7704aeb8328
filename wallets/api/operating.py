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
from lucidpay.doorbell import ring_on_commit
from wallets import tasks
from wallets.services.operate import Asker
from wallets.services.operate_once import operate_once
from wallets.services.operate_prepare import Prepared


def operate(
    request: Request, *, endpoint: str, body: dict[str, Any], prepare: Callable[[], Prepared]
) -> Response:
    """Start what ``prepare`` returns, once for an Idempotency-Key, and answer 202."""
    caller = caller_of(request)
    asker = Asker(f"user {caller.user_id}", caller.user_id, request_id_of(request))
    answer = operate_once(
        asker=asker, endpoint=endpoint, key=idempotency.key_of(request), body=body, prepare=prepare
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
