"""Addresses nobody has used before."""

from coincurve import PrivateKey

from tron.address import address_of_public_key


def somebody() -> str:
    """Return a fresh, valid address."""
    return address_of_public_key(PrivateKey().public_key)
