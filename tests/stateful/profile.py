"""How long the machines run.

Repeatable by default: the same steps in every run, and short. ``STATEFUL_EXAMPLES=2000`` makes a
long run with fresh luck; what it finds is printed with the steps that lead there.
"""

import os

from hypothesis import HealthCheck, Phase, settings


def profile(*, steps: int, short: int) -> settings:
    """Return the settings of a machine with this many steps an example."""
    wanted = os.environ.get("STATEFUL_EXAMPLES")
    return settings(
        max_examples=int(wanted) if wanted else short,
        stateful_step_count=steps,
        derandomize=wanted is None,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if wanted else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
