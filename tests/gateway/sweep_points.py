"""The points at which ``tests.gateway.sweep_worker`` can kill itself, in road order."""

POINT_NAMES = (
    "after it is wanted",
    "after the chain is asked",
    "after TRX are asked for, before commit",
    "after TRX are asked for",
    "after the TRX are sent",
    "after the TRX are settled",
    "after it is stored, before commit",
    "after it is signed",
    "after it is sent",
    "after it is booked, before commit",
)
