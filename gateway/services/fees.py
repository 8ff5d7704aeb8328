"""Setting what payments cost: a new version of the schedule, from this moment on."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from gateway.kinds import Priority
from gateway.models_fees import FeeSchedule
from gateway.policy.fees import PERCENT, PPM, schedule_now
from lucidpay.errors import Conflict, ValidationFailed
from lucidpay.money import UNITS_MAX

BY_MAX, NOTE_MAX = 100, 200
TARGET_S_MAX = 86_400
TRIES_MAX = 20
STEPS_MAX = 20
TERMS = {"rate_ppm": (0, PPM), "target_s": (1, TARGET_S_MAX), "tries": (1, TRIES_MAX)}
STEP = {"above_micro": (0, UNITS_MAX), "percent": (0, PERCENT)}

Problems = dict[str, list[str]]


class SetMeanwhile(Conflict):
    """Somebody else has set fees at this very moment. Look at theirs, then set yours again."""


def fees_set(
    *,
    priorities: dict[str, dict[str, int]],
    discounts: list[dict[str, int]],
    by: str,
    note: str,
    now: datetime,
) -> FeeSchedule:
    """Let a new version hold from ``now`` on; payments keep the one they were quoted by.

    The shape is that of ``FeeSchedule``. Raises ``ValidationFailed``, which names each wrong part,
    and ``SetMeanwhile``.
    """
    fees_check(priorities=priorities, discounts=discounts, note=note)
    schedule_now(now=now)  # the first version is the one as delivered
    newest = FeeSchedule.objects.order_by("-version").values_list("version", flat=True)
    made = FeeSchedule(
        version=newest[0] + 1, priorities=priorities, discounts=discounts, by=by[:BY_MAX],
        note=note.strip(), valid_from=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise SetMeanwhile from error
    return made


def fees_check(*, priorities: Any, discounts: Any, note: str) -> None:
    """Raise ``ValidationFailed`` unless these can be a schedule, set for this reason."""
    found = _of_priorities(priorities) | _of_discounts(discounts)
    if not 1 <= len(note.strip()) <= NOTE_MAX:
        found["note"] = [f"Say why, in 1 to {NOTE_MAX} characters."]
    if found:
        raise ValidationFailed(found)


def _of_priorities(priorities: Any) -> Problems:
    names = {one.label for one in Priority}
    if not isinstance(priorities, dict) or set(priorities) != names:
        return {"priorities": [f"Exactly these are needed: {', '.join(sorted(names))}."]}
    found: Problems = {}
    for name, terms in priorities.items():
        found |= _of_numbers(f"priorities.{name}", terms, TERMS)
    return found


def _of_discounts(discounts: Any) -> Problems:
    if not isinstance(discounts, list) or len(discounts) > STEPS_MAX:
        return {"discounts": [f"A list of at most {STEPS_MAX} steps is needed."]}
    found: Problems = {}
    for index, step in enumerate(discounts):
        found |= _of_numbers(f"discounts[{index}]", step, STEP)
    if found:
        return found
    for index, (lower, higher) in enumerate(zip(discounts, discounts[1:], strict=False), start=1):
        rises = lower["above_micro"] < higher["above_micro"]
        if not rises or lower["percent"] > higher["percent"]:
            found[f"discounts[{index}]"] = ["Each step must be above the one before it."]
    return found


def _of_numbers(where: str, given: Any, bounds: dict[str, tuple[int, int]]) -> Problems:
    if not isinstance(given, dict) or set(given) != set(bounds):
        return {where: [f"Exactly these are needed: {', '.join(sorted(bounds))}."]}
    return {
        f"{where}.{name}": [f"A whole number from {low} to {high} is needed."]
        for name, (low, high) in bounds.items()
        if not _is_whole(given[name]) or not low <= given[name] <= high
    }


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
