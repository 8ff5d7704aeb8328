"""How long the parsers are tried.

Repeatable and short by default. ``FUZZ_EXAMPLES=20000`` tries each as often, with fresh luck;
what it finds is printed with the input that does it.
"""

import os

from hypothesis import HealthCheck, settings

WANTED = os.environ.get("FUZZ_EXAMPLES")
fuzzed = settings(
    max_examples=int(WANTED) if WANTED else 40,
    derandomize=WANTED is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
