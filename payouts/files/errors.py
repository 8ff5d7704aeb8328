"""Why a payout file is not taken at all."""


class FileRefused(ValueError):
    """The file as a whole cannot be imported; the text says why. Nothing was written."""
