"""What wallets do beside paying: a page of its own, and where else it shows, the way to that."""

from access.models import User
from lucidpay.clock import utc_now
from payouts.explain import explain
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.rows import one_of_each
from tron.kinds import Purpose, TxKind
from wallets.models import Hold


def test_what_an_operation_holds_and_sends_leads_to_its_page(
    enter: Enter, payee_owner: User
) -> None:
    """Not to a payout of its id, which nobody ever asked for."""
    rows = one_of_each(payee_owner)
    operation, tx, client = (
        rows["wallets_operation"],
        rows["tron_chaintransaction"],
        enter("auditor"),
    )
    tx.pk, tx.txid = None, "5" * 64
    tx.purpose, tx.subject, tx.kind = Purpose.OPERATION, operation.pk, TxKind.TRANSFER_TRX
    tx.save()
    place, payout = pages.detail(operation), f"payout_{operation.pk.hex}"
    hold = Hold.objects.get(subject=operation.pk)
    for row in (hold, tx):
        page = client.get(pages.detail(row)).content.decode()
        assert place in page
        assert payout not in page
    assert payout not in client.get(pages.listing("wallets_hold")).content.decode()
    listed = client.get(pages.listing("tron_chaintransaction")).content.decode()
    assert (listed.count("12.50 TRX"), listed.count("12.50 USDT")) == (1, 1)
    page = client.get(place).content.decode()
    assert operation.public_id in page
    assert "awaiting signatures" in page
    assert "awaiting_signatures" not in page  # a label is for lists
    found = client.get(pages.listing("wallets_operation"), {"q": operation.public_id})
    assert operation.public_id in found.content.decode()
    told = explain(operation.public_id, now=utc_now())
    assert told.startswith(f"{operation.public_id} of wallet {operation.wallet.name}")
    assert max(map(len, told.splitlines())) <= 80
    assert explain(tx.txid, now=utc_now()) == told
