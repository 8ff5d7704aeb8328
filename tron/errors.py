"""What can go wrong with a node, and the one question: may I retry, and how?

::

    NodeError
    ├── Unreachable      nothing arrived there: retry at once, here or elsewhere
    ├── Throttled        it asks for a pause: retry after it; the node is not down
    │   └── KeptOff      it asked for one before, so nothing was sent to it
    ├── OutcomeUnknown   it may have acted (time-out, 5xx, nonsense): retry reads; send only
    │                    the same bytes again, never others
    ├── Refused          it understood and said no: retrying the same changes nothing
    └── WrongChain       it is not what it should be: stop, a person must look
"""


class NodeError(Exception):
    """A node did not answer as a node should."""

    def __init__(self, message: str, *, node: str = "", code: str = "") -> None:
        self.node = node
        self.code = code or type(self).__name__
        super().__init__(f"{node}: {message}" if node else message)


class Unreachable(NodeError):
    """No connection: the request never arrived."""


class Throttled(NodeError):
    """The node or its gateway limits us (429, 403, lack of computing resources)."""


class KeptOff(Throttled):
    """Nothing was sent: the pause that was asked for lasts, or our own limit is used up."""


class OutcomeUnknown(NodeError):
    """The request may or may not have been carried out."""


class Refused(NodeError):
    """The node refused the request by name."""


class WrongChain(NodeError):
    """The node is on another network, or contradicts what was solid before."""
