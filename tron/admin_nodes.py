"""The nodes in the admin."""

from django.contrib import admin
from unfold.decorators import display

from access.console import NOTHING, Label, ReadOnlyAdmin, time_text
from lucidpay.clock import from_ms, utc_now
from tron.models import NodeState
from tron.nodes_report import node_status
from tron.words import NODE_LEVELS


@admin.register(NodeState)
class NodeStateAdmin(ReadOnlyAdmin):
    """How the nodes are. A node that is no longer configured stays as it was last seen."""

    empty_text = "No node was asked yet. Is a worker running, and is TRON_NODES set?"
    list_display = ("name", "state", "head_number", "solid_number", "head_time", "latency_ms",
                    "failures", "last_error")  # fmt: skip
    fields = (*list_display, "peers", "pause", "genesis_id", "answered", "looked", "checked")
    readonly_fields = ("state", "head_time", "pause", "answered", "looked", "checked")

    @display(description="status", label=NODE_LEVELS)
    def state(self, node: NodeState) -> Label:
        """Return how it is, in a word."""
        status = node_status(node, utc_now())
        return Label(status, status)

    @display(description="time of its head (UTC)")
    def head_time(self, node: NodeState) -> str:
        """Return the time of its newest block."""
        return NOTHING if node.head_time_ms is None else time_text(from_ms(node.head_time_ms))

    @display(description="asked for a pause until (UTC)")
    def pause(self, node: NodeState) -> str:
        """Return until when it is left alone."""
        return time_text(node.throttled_until)

    @display(description="last answered (UTC)")
    def answered(self, node: NodeState) -> str:
        """Return when it last answered as it should."""
        return time_text(node.answered_at)

    @display(description="heights are of (UTC)")
    def looked(self, node: NodeState) -> str:
        """Return when its heights were seen."""
        return time_text(node.looked_at)

    @display(description="last asked (UTC)")
    def checked(self, node: NodeState) -> str:
        """Return when it was last asked anything."""
        return time_text(node.checked_at)
