"""The scanner's place, and the guard that a database never changes its network."""

from tron.errors import WrongChain
from tron.models import ScanCursor
from tron.networks import network


def cursor_here() -> ScanCursor | None:
    """Return the scanner's cursor, ``None`` before its first look.

    Raises ``WrongChain`` when this database was used with another network. Its books and
    its live transactions belong there: read on another chain, a transaction that was never
    sent here would look dead, and its payout would be paid a second time.
    """
    cursors = list(ScanCursor.objects.all())
    genesis_id = network().genesis_id
    for cursor in cursors:
        if cursor.genesis_id != genesis_id:
            raise WrongChain(
                f"this database belongs to the network of block {cursor.genesis_id}, "
                f"TRON_NETWORK={network().name} does not; give each network its own database"
            )
    return cursors[0] if cursors else None
