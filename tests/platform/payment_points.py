"""The points of a payment's road at which ``tests.platform.payment_worker`` can kill itself."""

# In road order, of a payment for which too much was paid: each meets all of them.
PAYMENT_POINT_NAMES = (
    "after a deposit is judged, before commit",
    "after a deposit is booked",
    "after a deposit is ruled, before commit",
    "after it is confirmed, before commit",
    "after a deposit is taken",
    "after its leg's payout is begun, before commit",
    "after its leg is made, before commit",
    "after its leg is made",
    "after it is completed, before commit",
    "after its excess is to go back, before commit",
    "after its leg is settled",
    "after its refund's payout is begun, before commit",
    "after its refund's payout is asked for",
    "after its refund is booked, before commit",
    "after its refund is settled",
    "after its fee is marked, before commit",
    "after its fee's payout is begun, before commit",
    "after its fee's settlement is made",
    "after its fee's settlement has moved, before commit",
    "after its fee's settlement is followed",
)
# Of a payment for which too little was paid until it expired.
EXPIRY_POINT_NAMES = (
    "after what came in is to go back, before commit",
    "after it has failed, before commit",
    "after it has expired",
)
