"""A button that is clicked twice: one order, and both clicks lead to it."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client

from access.idempotency import Answer
from lucidpay.errors import LucidError
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_orders import ENERGY, place, preview
from tests.payouts.rivals import Rival, Waiter
from tests.staking.conftest import chain, node, sandbox, staker
from tests.staking.world import Staker
from tron.contracts import Order
from tron.kinds import TxKind
from wallets.models_operation import Operation
from wallets.services.operate import Asker, Cost
from wallets.services.operate_once import operate_once
from wallets.services.operate_prepare import Prepared

__all__ = ["chain", "node", "sandbox", "staker"]
pytestmark = pytest.mark.django_db(transaction=True)


def click(client: Client, address: str, sent: dict[str, Any]) -> Any:
    """Send the form by a browser window of its own, as the same person."""
    window = Client()
    window.cookies = SimpleCookie(client.cookies.output(header="", sep=";"))
    return window.post(address, sent)


@pytest.mark.parametrize("amount", ["100", "90000"])  # the second would find too little left
def test_a_second_click_waits_for_the_first_and_shows_the_same_order(
    enter: Enter, staker: Staker, amount: str
) -> None:
    client, address = enter("operator"), place(staker, "stake")
    _, sent = preview(client, address, ENERGY | {"amount": amount})
    first = Rival(lambda: click(client, address, sent))
    second = Waiter(lambda: click(client, address, sent))
    second.until_it_waits()
    first.commit()
    answer = second.end()
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == pages.detail(Operation.objects.get())


def test_what_the_first_has_made_impossible_is_no_refusal_of_the_second(
    enter: Enter, staker: Staker
) -> None:
    asker = Asker("user", enter("operator").person.pk)  # type: ignore[attr-defined]
    order = Prepared(staker.wallet.pk, Order(TxKind.CLAIM_REWARDS, staker.address), Cost(1))

    def asked(prepare: Any) -> Answer:
        return operate_once(asker=asker, endpoint="e", key="k", body={}, prepare=prepare)

    def overtaken() -> Prepared:
        asked(lambda: order)
        raise LucidError

    assert asked(overtaken).body["operation_id"] == Operation.objects.get().public_id
