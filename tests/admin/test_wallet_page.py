"""A wallet's page: what it has, what it had, what it is asked to do, and what people may do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import User
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.builders import USDT
from tron.contracts import Order
from tron.kinds import TxKind
from tron.models import ChainFlow
from wallets.chart import HEIGHT, line_of
from wallets.closings import closings
from wallets.models import Reconciliation, Wallet
from wallets.models_operation import Operation
from wallets.models_resources import ResourceLook
from wallets.services.alerts import alerts_look, alerts_set
from wallets.services.operate import Asker, Cost, operation_request

SEND, ARCHIVE, AGAIN = "send-trx", "archive", "use-again"


def page(wallet: Wallet, verb: str) -> str:
    return reverse(f"admin:wallets_wallet_{verb}", args=[wallet.pk])


def compared(wallet: Wallet, *, hours_ago: float, usdt: int, block: int, chain: int = 0) -> None:
    """Keep a comparison of USDT; the chain has as much as the books unless it is told."""
    units, chain_units = usdt * USDT, (chain or usdt) * USDT
    Reconciliation.objects.create(
        wallet=wallet, asset="USDT", block_number=block, block_id="b" * 64,
        chain_units=chain_units, ledger_units=units, difference_units=chain_units - units,
        node="node:8090", at=utc_now() - timedelta(hours=hours_ago),
    )  # fmt: skip


def ordered(wallet: Wallet) -> Operation:
    return operation_request(
        wallet_id=wallet.pk,
        order=Order(TxKind.TRANSFER_TRX, str(wallet.address), builders.address(), amount=7),
        cost=Cost(burn_max_sun=1),
        asker=Asker("user 1"),
        now=utc_now(),
    )


def moved(wallet: Wallet, number: int, *, out: bool) -> ChainFlow:
    ours, theirs = str(wallet.address), builders.address()
    return ChainFlow.objects.create(
        txid=f"{number:064x}", log_index=0, asset="USDT", units=number * USDT,
        sender=ours if out else theirs, recipient=theirs if out else ours,
        block_number=number, block_time_ms=builders.CHAIN_TIME_MS,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["operator", "approver", "auditor", "admin"])
def test_it_shows_what_a_wallet_has_and_what_for(enter: Enter, wallet: Wallet, role: str) -> None:
    compared(wallet, hours_ago=1, usdt=999_990, chain=1_000_000, block=7_000)
    alerts_set(wallet, below={"USDT": 2_000_000 * USDT})
    alerts_look(now=utc_now())
    ResourceLook.objects.create(
        wallet=wallet, energy=65_000, bandwidth=5, free_bandwidth=600, node="node:8090",
        at=utc_now(),
    )  # fmt: skip
    operation, flow = ordered(wallet), moved(wallet, 12, out=True)
    shown = enter(role).get(pages.detail(wallet)).content.decode()
    for part in (
        "1,000,000.00 USDT", "differs by 10.00 USDT", "block 7,000", "below since",
        "65,000 left", "node:8090", pages.detail(operation), pages.detail(flow), "−12.00 USDT",
        "here, sealed", str(wallet.address),
    ):  # fmt: skip
        assert part in shown, part
    assert wallet.sealed_key not in shown


def test_what_is_not_there_says_what_to_do(enter: Enter, wallet: Wallet) -> None:
    shown = enter("auditor").get(pages.detail(wallet)).content.decode()
    for part in ("Nothing to draw yet", "Nothing is held", "nobody is told", "not compared yet"):
        assert part in shown, part


def test_it_asks_the_database_as_much_for_much_as_for_little(enter: Enter, wallet: Wallet) -> None:
    client, counts = enter("admin"), []
    for beginning in (0, 20):
        for number in range(beginning, beginning + 12):
            compared(wallet, hours_ago=100 - number, usdt=number, block=number)
            moved(wallet, number, out=bool(number % 2))
            ordered(wallet)
        with CaptureQueriesContext(connection) as seen:
            client.get(pages.detail(wallet))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_its_history_is_the_last_comparison_of_each_step(wallet: Wallet) -> None:
    now = utc_now()
    for block, (hours, usdt) in enumerate([(80, 9), (47, 1), (46, 2), (45, 3), (2, 5), (1, 4)]):
        compared(wallet, hours_ago=hours, usdt=usdt, block=block)
    day = timedelta(days=1)
    told = closings(wallet.pk, "USDT", until=now, length=2 * day, step=day)
    assert [one.books_units for one in told] == [3 * USDT, 4 * USDT]
    assert closings(wallet.pk, "TRX", until=now, length=2 * day, step=day) == []


def test_a_line_is_drawn_from_left_to_right_and_more_is_higher() -> None:
    now = utc_now()
    line = line_of([(now, 1), (now + timedelta(hours=1), 5)], mark_units=9)
    assert line.path.startswith("M0.0 ")
    assert line.path.split("V")[0].endswith("H600.0")
    begin, end = (float(line.path.split(" ")[1].split("H")[0]), float(line.path.split("V")[1]))
    assert HEIGHT > begin > end > (line.mark_y or 0) > 0
    assert (line.low_units, line.high_units) == (0, 9)


def test_the_line_can_be_asked_for_a_month(enter: Enter, wallet: Wallet) -> None:
    for block, days in enumerate((25, 20, 1)):
        compared(wallet, hours_ago=days * 24, usdt=block + 1, block=block)
    client = enter("auditor")
    week, month = (
        client.get(pages.detail(wallet), {"days": days}).content.decode() for days in (7, 30)
    )
    assert week.count('<td class="lp-amount">1.00</td>') == 0
    assert month.count('<td class="lp-amount">1.00</td>') == 2  # books and chain
    assert client.get(pages.detail(wallet), {"days": "9" * 30}).status_code == 200


def test_who_only_looks_is_told_so_and_does_nothing(enter: Enter, wallet: Wallet) -> None:
    auditor = enter("auditor")
    shown = auditor.get(pages.detail(wallet)).content.decode()
    assert "Your role only looks" in shown
    fields = {"recipient": builders.address(), "amount": "1", "reason": "x"}
    for verb in (SEND, ARCHIVE, AGAIN):
        assert page(wallet, verb) not in shown
        assert auditor.get(page(wallet, verb)).status_code == 403
        assert auditor.post(page(wallet, verb), fields).status_code == 403
    for role in ("end_user", "node_operator", "merchant", None):
        stranger = enter(role)
        assert stranger.get(pages.detail(wallet)).status_code == 403
        assert stranger.post(page(wallet, ARCHIVE), fields).status_code == 403
    assert not Operation.objects.exists()


def test_another_site_changes_no_wallet(enter: Enter, wallet: Wallet) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter("admin").person)  # type: ignore[attr-defined]
    for verb in (SEND, ARCHIVE, AGAIN, "alerts"):
        assert client.post(page(wallet, verb), {"reason": "x"}).status_code == 403, verb


def test_lists_are_found_by_the_wallet(enter: Enter, wallet: Wallet) -> None:
    other = builders.hot_wallet()
    compared(wallet, hours_ago=1, usdt=1, block=1)
    ordered(wallet)
    ordered(other)
    client = enter("auditor")
    for model in ("wallets_operation", "wallets_reconciliation"):
        found = client.get(pages.listing(model), {"q": wallet.public_id})
        assert found.context["cl"].result_count == 1, model


def test_an_operation_is_given_up_with_a_reason_once(enter: Enter, wallet: Wallet) -> None:
    operation = ordered(wallet)
    place = reverse("admin:wallets_operation_cancel", args=[operation.pk])
    assert enter("auditor").post(place, {"reason": "x"}).status_code == 403
    client = enter("operator")
    assert place in client.get(pages.detail(operation)).content.decode()
    assert "This field is required" in client.post(place, {"reason": " "}).content.decode()
    client.post(place, {"reason": "Asked for by mistake."})
    again = client.post(place, {"reason": "Again."}, follow=True).content.decode()
    assert "It can no longer be cancelled" in again
    operation.refresh_from_db()
    assert operation.status == "failed"
    assert operation.error_message.endswith("Asked for by mistake.")
    assert place not in client.get(pages.detail(operation)).content.decode()


def test_an_operation_that_may_be_paid_is_cleared_with_a_reason_once(
    enter: Enter, wallet: Wallet
) -> None:
    operation = ordered(wallet)
    place = reverse("admin:wallets_operation_clear", args=[operation.pk])
    client = enter("operator")
    assert place not in client.get(pages.detail(operation)).content.decode()
    Operation.objects.filter(pk=operation.pk).update(doubted_at=utc_now())
    assert enter("auditor").post(place, {"reason": "x"}).status_code == 403
    assert place in client.get(pages.detail(operation)).content.decode()
    assert "give it up instead" in client.get(place).content.decode()
    client.post(place, {"reason": "The other was last week's."})
    again = client.post(place, {"reason": "Again."}, follow=True).content.decode()
    assert "does not wait for a person" in again
    shown = client.get(pages.detail(operation)).content.decode()
    assert "The other was last week&#x27;s." in shown
    assert place not in shown


def test_an_empty_list_says_what_to_do(enter: Enter, payee_owner: User) -> None:
    client = enter("admin")
    assert (
        "One is opened on a payment"
        in client.get(pages.listing("gateway_dispute")).content.decode()
    )
    searched = client.get(pages.listing("wallets_wallet"), {"q": "nowhere"}).content.decode()
    assert "No wallet is found by “nowhere”" in searched
    assert "name or address" in searched
