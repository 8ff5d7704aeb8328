"""One story in the terminal, by whatever name somebody has for it."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import builders
from tests.lucidpay.world import World
from tron.models import ChainFlow, ChainTransaction

# Of a key that everybody knows, and nobody pays.
STRANGER = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"


def told(term: str) -> str:
    """Run the command and return what it printed."""
    out = io.StringIO()
    call_command("explain", term, stdout=out)
    text = out.getvalue()
    assert max(len(line) for line in text.splitlines()) <= 80
    return text


def flat(text: str) -> str:
    """Return the text without its line breaks."""
    return " ".join(text.split())


def test_it_tells_the_story_of_a_payout_that_died_once(company: World) -> None:
    payout = company.payouts["lost"]
    text = told(payout.public_id)
    first, second = ChainTransaction.objects.filter(subject=payout.pk).order_by("pk")
    assert text.startswith(f"{payout.public_id}: CONFIRMED\nPaid: 12.50 USDT")
    assert flat(text).count("Proven dead") == 2  # in the timeline and with the attempt
    assert text.index("Attempt 1: dead") < text.index("Attempt 2: succeeded")
    assert first.txid in text
    assert second.txid in text
    assert "each linked to the one before" in flat(text)
    assert "passed: available when asked for" in flat(text)


def test_a_txid_leads_to_its_payout(company: World) -> None:
    tx = company.payouts["confirmed"].transaction
    assert tx is not None
    text = told(tx.txid.upper())
    assert f"is an attempt of {company.payouts['confirmed'].public_id}." in flat(text)
    assert "salary-17" in text


def test_a_txid_that_is_not_ours_tells_what_it_moved(company: World) -> None:
    paid_in = ChainFlow.objects.filter(recipient=company.wallet.address, asset="USDT").last()
    assert paid_in is not None
    text = flat(told(paid_in.txid))
    assert "was not made here. It moved: moved 2.00 USDT" in text
    assert f"to {company.wallet.address} (our wallet hot)" in text


def test_an_address_of_ours_tells_what_it_owns_and_paid(company: World) -> None:
    text = told(str(company.wallet.address))
    assert "Wallet hot: in use" in text
    assert "4 payouts, 137.50 USDT" in flat(text)
    assert all(payout.public_id in text for payout in company.payouts.values())


def test_an_address_of_a_recipient_tells_its_payouts(company: World) -> None:
    failed = company.payouts["failed"]
    text = told(failed.recipient_address)
    assert text.startswith(f"Recipient {failed.recipient_address}")
    assert failed.public_id in text
    assert company.payouts["retry"].public_id in text


def test_a_reference_leads_to_its_payout(company: World) -> None:
    assert told("salary-17").startswith(f"{company.payouts['confirmed'].public_id}: CONFIRMED")


def test_a_failed_payout_names_its_retry(company: World) -> None:
    text = told(company.payouts["failed"].public_id)
    assert company.payouts["retry"].public_id in text
    assert "the token was paused" in flat(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "term", ["payout_" + "0" * 32, "0" * 64, STRANGER, "nobody's reference", "", "%"]
)
def test_what_names_nothing_is_an_error(term: str) -> None:
    with pytest.raises(CommandError, match="Check the spelling"):
        told(term)


@pytest.mark.django_db
def test_what_callers_wrote_cannot_command_the_terminal() -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), reason="\x1b[31m<b>red</b>\u202e")
    text = told(payout.public_id)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<b>red</b>" in text
