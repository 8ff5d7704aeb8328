"""The chain in the admin: our transactions, the scanner's place, what moved."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.console import (
    NOTHING,
    Label,
    ReadOnlyAdmin,
    ReadOnlyInline,
    amount_text,
    code,
    key_of,
    operation_link,
    payout_link,
    short,
    sweep_link,
    time_text,
)
from lucidpay.clock import from_ms, utc_now
from tron import admin_halts, admin_nodes  # noqa: F401  (their pages)
from tron.kinds import CALLS
from tron.models import ChainFlow, ChainTransaction, NodeAnswer, Purpose, ScanCursor
from tron.words import TX_LEVELS, TXID_LENGTH, end_in_words

LINKS = {
    Purpose.PAYOUT: payout_link,
    Purpose.OPERATION: operation_link,
    Purpose.SWEEP: sweep_link,
}


class NodeAnswerInline(ReadOnlyInline):
    """What nodes said."""

    model = NodeAnswer
    fields = readonly_fields = ("when", "node", "outcome", "code", "message")
    ordering = ("pk",)

    @display(description="at (UTC)")
    def when(self, answer: NodeAnswer) -> str:
        """Return when the answer came."""
        return time_text(answer.at)


@admin.register(ChainTransaction)
class ChainTransactionAdmin(ReadOnlyAdmin):
    """Every transaction ever signed. Its bytes are not shown: who has them can send them."""

    empty_text = "Nothing was signed yet."
    list_display = (
        "short_txid",
        "kind",
        "state",
        "amount",
        "to",
        "sends",
        "block",
        "fee",
        "created",
    )
    list_filter = ("status",)
    search_fields = ("txid",)
    search_help_text = "txid, payout id or operation id"
    inlines = (NodeAnswerInline,)
    fieldsets = (
        (None, {"fields": ("state", "in_words", "full_txid", "payout")}),
        ("Order", {"fields": ("amount", "sender", "recipient", "contract", "fee_limit")}),
        ("Validity", {"fields": ("reference", "expires", "sends", "last_answer")}),
        ("Receipt", {"fields": ("result", "block", "block_time", "confirmations", "fee",
                                "energy_used")}),
        ("Times (UTC)", {"fields": ("created", "ended", "settled")}),
    )  # fmt: skip
    readonly_fields = (
        "state", "in_words", "full_txid", "payout", "amount", "fee_limit", "reference", "expires",
        "block", "block_time", "fee", "created", "ended", "settled",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChainTransaction]:
        """Leave the signed bytes where they are."""
        return super().get_queryset(request).defer("signed_hex")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by whole ids only, which have indexes."""
        if len(term) == TXID_LENGTH:
            return queryset.filter(txid=term.lower())
        return queryset.filter(subject=key_of(term))

    @display(description="txid")
    def short_txid(self, tx: ChainTransaction) -> SafeString | str:
        """Return the ends of the id."""
        return short(tx.txid)

    @display(description="txid")
    def full_txid(self, tx: ChainTransaction) -> SafeString | str:
        """Return the id."""
        return code(tx.txid)

    @display(description="status", label=TX_LEVELS)
    def state(self, tx: ChainTransaction) -> Label:
        """Return the status as a label."""
        return Label(tx.status, tx.status)

    @display(description="what that means")
    def in_words(self, tx: ChainTransaction) -> str:
        """Return what the status proves."""
        return end_in_words(tx, now=utc_now())

    @display(description="done for")
    def payout(self, tx: ChainTransaction) -> SafeString:
        """Return a link to the payout, the operation or the sweep that it does."""
        return LINKS[Purpose(tx.purpose)](tx.subject)

    @display(description="amount")
    def amount(self, tx: ChainTransaction) -> str:
        """Return what it is about."""
        return amount_text(tx.amount_micro, "USDT" if tx.kind in CALLS else "TRX")

    @display(description="recipient")
    def to(self, tx: ChainTransaction) -> SafeString | str:
        """Return the ends of the address."""
        return short(tx.recipient)

    @display(description="block")
    def block(self, tx: ChainTransaction) -> str:
        """Return the number of its solid block."""
        return NOTHING if tx.block_number is None else f"{tx.block_number:,}"

    @display(description="block time (UTC)")
    def block_time(self, tx: ChainTransaction) -> str:
        """Return the time of its solid block."""
        return NOTHING if tx.block_time_ms is None else time_text(from_ms(tx.block_time_ms))

    @display(description="fee")
    def fee(self, tx: ChainTransaction) -> str:
        """Return what was burned."""
        return NOTHING if tx.fee_sun is None else amount_text(tx.fee_sun, "TRX")

    @display(description="fee limit")
    def fee_limit(self, tx: ChainTransaction) -> str:
        """Return what energy may cost at most."""
        return amount_text(tx.fee_limit_sun, "TRX")

    @display(description="reference block")
    def reference(self, tx: ChainTransaction) -> str:
        """Return the block that ties it to this chain."""
        return f"{tx.ref_block_number:,}"

    @display(description="valid until (UTC)")
    def expires(self, tx: ChainTransaction) -> str:
        """Return its expiration."""
        return time_text(from_ms(tx.expiration_ms))

    @display(description="signed (UTC)")
    def created(self, tx: ChainTransaction) -> str:
        """Return when it was signed."""
        return time_text(tx.created_at)

    @display(description="final")
    def ended(self, tx: ChainTransaction) -> str:
        """Return when its end was seen."""
        return time_text(tx.final_at)

    @display(description="acted upon")
    def settled(self, tx: ChainTransaction) -> str:
        """Return when its payout was settled."""
        return time_text(tx.settled_at)


@admin.register(ScanCursor)
class ScanCursorAdmin(ReadOnlyAdmin):
    """How far the chain has been read."""

    empty_text = (
        "No block was read yet. Is a worker running, and is a node in TRON_NODES reachable?"
    )
    list_display = ("number", "solid_number", "behind", "head_number", "block_time", "node", "seen")
    fields = ("genesis_id", "first_number", *list_display, "block_id")
    readonly_fields = ("behind", "block_time", "seen")

    @display(description="blocks to read")
    def behind(self, cursor: ScanCursor) -> int:
        """Return how many solid blocks are not read yet."""
        return cursor.solid_number - cursor.number

    @display(description="time of that block (UTC)")
    def block_time(self, cursor: ScanCursor) -> str:
        """Return the time of the last block that was read."""
        return time_text(from_ms(cursor.time_ms))

    @display(description="node last answered (UTC)")
    def seen(self, cursor: ScanCursor) -> str:
        """Return when a node last answered."""
        return time_text(cursor.seen_at)


@admin.register(ChainFlow)
class ChainFlowAdmin(ReadOnlyAdmin):
    """Money that moved to or from our addresses."""

    empty_text = "Nothing has moved to or from our addresses."
    list_display = ("short_txid", "amount", "from_address", "to_address", "block_number", "when")
    list_filter = ("asset",)
    search_fields = ("txid",)
    search_help_text = "txid"
    fields = ("txid", "log_index", "amount", "sender", "recipient", "block_number", "when",
              "booked")  # fmt: skip
    readonly_fields = ("amount", "when", "booked")

    def found(self, queryset: QuerySet, term: str) -> QuerySet:
        """Find by the whole txid."""
        return queryset.filter(txid=term.lower())

    @display(description="txid")
    def short_txid(self, flow: ChainFlow) -> SafeString | str:
        """Return the ends of the id."""
        return short(flow.txid)

    @display(description="amount")
    def amount(self, flow: ChainFlow) -> str:
        """Return what moved."""
        return amount_text(flow.units, flow.asset)

    @display(description="from")
    def from_address(self, flow: ChainFlow) -> SafeString | str:
        """Return the ends of the sender's address."""
        return short(flow.sender)

    @display(description="to")
    def to_address(self, flow: ChainFlow) -> SafeString | str:
        """Return the ends of the recipient's address."""
        return short(flow.recipient)

    @display(description="block time (UTC)")
    def when(self, flow: ChainFlow) -> str:
        """Return when it moved."""
        return time_text(from_ms(flow.block_time_ms))

    @display(description="booked (UTC)")
    def booked(self, flow: ChainFlow) -> str:
        """Return when the books took notice."""
        return time_text(flow.booked_at)
