"""One scenario, told to any platform: what it answers, without what differs from run to run."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from lucidpay_client import AdvancedLucidPaymentClientSync, LucidPayError, LucidPaymentClientSync
from lucidpay_client.answers import Answered
from tests.sdk.people import salary

Seen = tuple[str, ...]


def observe(
    client: AdvancedLucidPaymentClientSync, url: str, finish: Callable[[str], None]
) -> list[Seen]:
    """Return what came of every step; ``finish`` lets the payout of an id be confirmed."""
    return [
        *_single(client, finish),
        *_references(client),
        *_refused(client),
        *_batches(client),
        *_strangers(url),
    ]


def _seen(name: str, ask: Callable[[], Any]) -> Seen:
    try:
        found = ask()
    except LucidPayError as error:
        told = [type(error).__name__, str(error.code), str(error.status), *sorted(error.details)]
        return (name, *told, f"unknown {error.outcome_unknown}")
    assert isinstance(found, Answered)
    status = str(found.raw.get("status"))
    return (name, status, f"replayed {found.replayed}", *sorted(found.raw))


def _single(
    client: AdvancedLucidPaymentClientSync, finish: Callable[[str], None]
) -> Iterator[Seen]:
    first = salary("12.50")
    payout_id = client.create_payout(first).payout_id
    yield _seen("the same again", lambda: client.create_payout(first))
    yield _seen("the key, another body", lambda: client.create_payout(replace(first, reason="x")))
    finish(payout_id)
    yield _seen("it ends", lambda: client.wait_for_confirmation(payout_id, poll_s=0.2))
    yield _seen("too late", lambda: client.cancel_payout(payout_id))
    yield _seen("its answer stays what it was", lambda: client.create_payout(first))
    later = client.create_payout(salary(batch_type="DAILY"))
    yield _seen("taken back", lambda: client.cancel_payout(later.payout_id, "a mistake"))
    yield _seen("taken back twice", lambda: client.cancel_payout(later.payout_id))
    yield _seen("it is looked at", lambda: client.get_payout_status(later.payout_id))


def _references(client: AdvancedLucidPaymentClientSync) -> Iterator[Seen]:
    order = salary("1.25", reference_id="scenario-1", batch_type="DAILY")
    yield _seen("a reference", lambda: client.create_payout(order))
    yield _seen("a reference again", lambda: client.create_payout(order))
    others = {
        "written otherwise": replace(order, amount_usdt="1.250"),
        "taken": replace(order, amount_usdt="2"),
        "under a fresh key": replace(order, idempotency_key="k-1"),
    }
    for name, other in others.items():
        yield _seen(name, partial(client.create_payout, other))
    listed = list(client.iter_payouts(reference_id="scenario-1"))
    yield ("listed", str([one.status for one in listed]), *sorted(listed[0].raw))


def _refused(client: AdvancedLucidPaymentClientSync) -> Iterator[Seen]:
    good = salary().recipient_address
    wrong = {
        "a shape": salary(recipient_address="TWrong"),
        "a checksum": salary(recipient_address=good[:-1] + ("1" if good[-1] != "1" else "2")),
        "decimals": salary("1.234"),
        "too little": salary("0.001"),
        "too much": salary("10000.01"),
        "no record": salary(router_type="PayoutRouterKYC"),
        "two things": salary("0.001", recipient_address="TWrong"),
    }
    for name, order in wrong.items():
        yield _seen(name, partial(client.create_payout, order))
    yield _seen("nobody's", lambda: client.get_payout_status("payout_" + "0" * 32))
    yield _seen("no id at all", lambda: client.get_payout_status("x"))


def _batches(client: AdvancedLucidPaymentClientSync) -> Iterator[Seen]:
    orders = [salary("1.25"), salary("2.50", reference_id="scenario-2")]
    made = client.create_batch_payout(orders)
    yield ("a batch", str(made.total_amount_usdt), made.status, *sorted(made.raw))
    yield _seen("the same batch", lambda: client.create_batch_payout(orders))
    yield _seen("where it stands", lambda: client.get_batch_status(made.batch_id))
    yield _seen("its reference", lambda: client.create_batch_payout([orders[1]]))
    named = [salary(1, reference_id="scenario-3"), salary(2, reference_id="scenario-4")]
    yield _seen("by references", lambda: client.create_batch_payout(named))
    yield _seen("by references again", lambda: client.create_batch_payout(named))
    yield _seen("one wrong", lambda: client.create_batch_payout([salary(), salary("1.234")]))
    bad = [salary(), salary(recipient_address="TWrong")]
    yield _seen("one to nobody", lambda: client.create_batch_payout(bad))
    yield _seen("none", lambda: client.create_batch_payout([]))
    yield _seen("too much together", lambda: client.create_batch_payout([salary(9999), salary(2)]))
    yield _seen("no batch", lambda: client.get_batch_status("batch_" + "0" * 32))


def _strangers(url: str) -> Iterator[Seen]:
    with LucidPaymentClientSync("lp_test_nobody", url) as stranger:
        yield _seen("a stranger", lambda: stranger.create_payout(salary()))
        yield _seen("a stranger looks", lambda: stranger.get_payout_status("payout_1"))
