"""What the platform hands out to be signed, for the tests beside this file.

Reads a transaction's fields as a line of JSON, and answers with a line: the transaction as
``POST /tron/wallets/{id}/unsigned`` shows it. It ends with its input.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tron.as_json import transaction_json  # noqa: E402
from tron.kinds import TxKind  # noqa: E402
from tron.quorum import Quorum  # noqa: E402
from tron.transactions import Draft, unsigned  # noqa: E402

DEFAULTS: dict[str, Any] = {"recipient": "", "contract": "", "amount": 0, "fee_limit_sun": 0}


def shown(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the transaction of these fields of ``Draft``; ``quorum`` as its three in a list."""
    given = {**DEFAULTS, **fields, "kind": TxKind(fields["kind"])}
    if given.get("quorum"):
        given["quorum"] = Quorum(*given["quorum"])
    return transaction_json(unsigned(Draft(**given)))


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(shown(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
