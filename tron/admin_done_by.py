"""How the chain ended what one transaction does, in the admin."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import NOTHING, ReadOnlyAdmin, amount_text, time_text


class DoneByAdmin(ReadOnlyAdmin):
    """Rows with a ``transaction``, which may be none yet, and an ``ended_at``."""

    @display(description="transaction")
    def txid(self, row: Any) -> SafeString | str:
        """Return a link to its transaction."""
        if row.transaction is None:
            return NOTHING
        url = reverse("admin:tron_chaintransaction_change", args=[row.transaction.pk])
        return format_html('<a class="lp-link" href="{}">{}</a>', url, row.transaction.txid)

    @display(description="block")
    def block(self, row: Any) -> str:
        """Return the number of its solid block."""
        number = row.transaction.block_number if row.transaction else None
        return NOTHING if number is None else f"{number:,}"

    @display(description="burned")
    def fee(self, row: Any) -> str:
        """Return what the network took."""
        return amount_text(row.transaction.fee_sun if row.transaction else None, "TRX")

    @display(description="ended (UTC)")
    def ended(self, row: Any) -> str:
        """Return when it came to its end."""
        return time_text(row.ended_at)
