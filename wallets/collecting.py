"""A transaction that people sign: what they are handed, and how far its signatures are."""

from typing import Any

import segno
import simplejson

from lucidpay.clock import from_ms, iso
from tron.as_json import transaction_json
from tron.models import ChainTransaction
from tron.store import signed_of
from tron.transactions import signers_of


def collecting_body(tx: ChainTransaction) -> dict[str, Any]:
    """Return a transaction for whoever signs it: as JSON for wallets, and as a QR code.

    The code holds the same JSON, without blanks, as an SVG image.
    """
    signed = signed_of(tx)
    quorum, given = signed.draft.signatories, signers_of(signed)
    shown = transaction_json(signed)
    return {
        "txid": tx.txid,
        "status": tx.status,
        "kind": tx.kind,
        "transaction": shown,
        "qr_svg": qr_svg(shown),
        "expires_at": iso(from_ms(tx.expiration_ms)),
        "permission_id": quorum.permission_id,
        "threshold": quorum.threshold,
        "weight": quorum.weight_of(given),
        "signers": [
            {"address": key, "weight": weight, "signed": key in given}
            for key, weight in sorted(quorum.weights.items())
        ],
    }


def qr_svg(shown: dict[str, Any]) -> str:
    """Return the code of a transaction as an SVG image, at the least correction: it is large."""
    text = simplejson.dumps(shown, separators=(",", ":"))
    return str(segno.make(text, error="l", micro=False).svg_inline(scale=2))
