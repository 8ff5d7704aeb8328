"""Schedules of fees for tests."""

from copy import deepcopy
from typing import Any

from gateway.policy.fees import DISCOUNTS, PRIORITIES


def set_to(*, priorities: Any = None, discounts: Any = None, **named: Any) -> dict[str, Any]:
    """Return the delivered schedule with changes, as ``fees_set`` takes it.

    By a priority's name: its rate in parts per million, or all its terms. ``discounts``: pairs.
    """
    terms: dict[str, Any] = deepcopy(PRIORITIES) if priorities is None else priorities
    for name, given in named.items():
        terms[name] = given if isinstance(given, dict) else {**terms[name], "rate_ppm": given}
    steps = deepcopy(DISCOUNTS)
    if discounts is not None:
        steps = [{"above_micro": above, "percent": percent} for above, percent in discounts]
    return {"priorities": terms, "discounts": steps}
