"""Answers of the chain, kept in Redis for a moment so that many callers are one question."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import redis
import structlog

from lucidpay.api.throttling import redis_client
from tron.networks import network

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    F = TypeVar("F", bound=DataclassInstance)
else:
    F = TypeVar("F")

log = structlog.get_logger(__name__)

MOMENT_S = 2  # of what the next block changes
PRICES_S = 60  # the network votes on them, four times a day at most
# Of what is solid. It never changes, but a block is 20 KB, and the memory is the broker's as
# well: a reader who asks for one after the other must not fill it.
FOR_GOOD_S = 300


def remembered(key: str, kind: type[F], find: Callable[[], F], *, lasts_s: Callable[[F], int]) -> F:
    """Return the facts kept under this key, or find them and keep them for ``lasts_s``.

    ``kind`` is a dataclass of what JSON can hold. Without Redis it is found each time.
    """
    place = f"lucidpay:chain:{network().genesis_id[-16:]}:{kind.__name__}:{key}"
    kept = _kept(place)
    if kept is not None:
        return kind(**kept)
    found = find()
    _keep(place, asdict(found), lasts_s(found))
    return found


def _kept(place: str) -> dict[str, Any] | None:
    try:
        text: Any = redis_client().get(place)
    except redis.RedisError:
        log.exception("nothing_remembered")
        return None
    return None if text is None else dict(json.loads(text))


def _keep(place: str, facts: dict[str, Any], lasts_s: int) -> None:
    try:
        redis_client().set(place, json.dumps(facts), ex=lasts_s)
    except redis.RedisError:
        log.exception("nothing_remembered")
