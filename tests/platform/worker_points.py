"""The names of the points at which ``tests.platform.worker`` can kill itself, in road order."""

POINT_NAMES = (
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
)
