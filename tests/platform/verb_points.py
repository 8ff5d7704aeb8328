"""The names of the points at which ``tests.platform.verbs`` can kill itself, in order, by verb."""

# None of these has committed anything yet; after the last one all of it has.
VERB_POINT_NAMES = {
    "release": (
        "after its row is released",
        "after some payouts are moved",
        "before commit",
        "after commit",
    ),
    "cancel": (
        "after some payouts are cancelled",
        "before commit",
        "after commit",
    ),
    "approve": (
        "after the approval is stored",
        "after it says approved",
        "before commit",
        "after commit",
    ),
}
