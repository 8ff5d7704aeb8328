"""The names of the points at which ``tests.platform.worker`` can kill itself, in road order."""

# Of a payout that is paid at the first attempt.
POINT_NAMES = (
    "after screening, before commit",
    "after screening",
    "after claim",
    "after sign",
    "after store, before commit",
    "after store",
    "after claim for sending",
    "after send",
    "after the answer is recorded",
    "after inclusion, its block half taken",
    "after its hold is posted",
    "after it is booked",
    "after settlement",
    "after its flows are judged, before commit",
    "after its flows are booked",
    "after a snapshot of the balances",
    "after the books are compared",
)
# Of a payout whose first attempt is proven to have paid nothing.
SECOND_ATTEMPT_POINT_NAMES = (
    "after the second witness, before commit",
    "after the end is drawn, before commit",
    "after the blocks are agreed",
    "after its first hold is voided",
    "after the second attempt is granted",
)
