"""One request is one transaction, whatever is repeated, dies or stands still."""

import pytest

from lucidpay.clock import utc_now
from tests.sandbox.people import Person
from tests.staking.test_refusals import ONE, told
from tests.staking.world import TRX, Staker, booked, staked_sun, staker_on
from tests.stateful.cuts import PowerCut, at_once, cut_at
from tests.wallets.operating import keyless
from tron import tasks as tron_tasks
from tron.halt import Halted, halt, lift
from tron.models import ChainTransaction, HaltCause
from wallets.models import Account, WalletKind
from wallets.models_operation import Operation
from wallets.services.operate import OperationUnderWay

ENERGY = {"resource": "ENERGY"}
KEY = {"headers": {"Idempotency_Key": "once"}}


@pytest.mark.django_db
@pytest.mark.contract("C-STAKE-4")
def test_a_repeated_request_is_one_transaction_also_when_it_is_done(staker: Staker) -> None:
    first = staker.ask("stake", amount_trx=99_000, **ENERGY, **KEY)
    again = staker.ask("stake", amount_trx=99_000, **ENERGY, **KEY)
    assert (first.status, again.status, again.body) == (202, 202, first.body)
    assert first.headers["Location"] == f"/tron/operations/{first.body['operation_id']}"
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    staker.work()
    # The wallet could not stake this a second time.
    assert staker.ask("stake", amount_trx=99_000, **ENERGY, **KEY).text == first.text
    assert staker.ask("stake", amount_trx=1, **ENERGY, **KEY).status == 422
    # Another verb has keys of its own.
    assert staker.ask("unstake", amount_trx=99_000, **ENERGY, **KEY).status == 202
    assert ChainTransaction.objects.count() == 1
    assert staked_sun(staker) == 99_000 * TRX


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("C-STAKE-4")
def test_who_dies_between_signing_and_sending_is_followed_by_one_who_sends_once(
    chain: object, request: pytest.FixtureRequest
) -> None:
    staker = staker_on(request.getfixturevalue("chain"))
    staker.asked("stake", amount_trx=10, **ENERGY)
    staker.sign()
    row = ChainTransaction.objects.get()
    died = 0
    for statement in range(12):  # before the claim, after it, before and after the bytes left
        ChainTransaction.objects.update(next_send_at=utc_now())
        try:
            with cut_at(statement):
                tron_tasks.broadcast()
        except PowerCut:
            died += 1
    assert died > 2
    assert staker.node.state()["pool"] == 1
    staker.sign()  # signs nothing again
    staker.send()
    staker.send()
    staker.solidify()
    found = ChainTransaction.objects.get()
    assert (found.txid, found.signed_hex, found.status) == (row.txid, row.signed_hex, "succeeded")
    assert staked_sun(staker) == booked(Account.Kind.STAKED) == 10 * TRX
    staker.books_closed()


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("C-STAKE-3")
def test_of_two_votes_at_once_one_is_taken(request: pytest.FixtureRequest) -> None:
    staker = staker_on(request.getfixturevalue("chain"))
    staker.done("stake", amount_trx=10, **ENERGY)
    votes = [{"address": ONE, "count": 1}]
    answers = at_once(*[lambda: staker.ask("vote", votes=votes)] * 3)
    assert sorted(answer.status for answer in answers) == [202, 409, 409]
    for answer in answers:
        if answer.status == 409:
            told(answer, OperationUnderWay)
    assert Operation.objects.filter(kind="vote").count() == 1


@pytest.mark.django_db
@pytest.mark.contract("C-STAKE-5")
def test_while_the_kill_switch_is_on_operations_wait(staker: Staker) -> None:
    pulled = halt(cause=HaltCause.OPERATOR, reason="a test", by="tests", now=utc_now())
    staker.asked("stake", amount_trx=10, **ENERGY)
    staker.sign()
    with pytest.raises(Halted):
        staker.send()
    assert not ChainTransaction.objects.exists()
    assert staker.trx.held_units > 10 * TRX
    lift(halts=[pulled.pk], reason="over", by="tests", now=utc_now())
    staker.work()
    assert staked_sun(staker) == 10 * TRX
    staker.books_closed()


@pytest.mark.django_db
@pytest.mark.contract("C-STAKE-6")
def test_people_sign_for_a_wallet_whose_key_is_not_here(staker: Staker) -> None:
    person = Person()
    cold, _ = keyless(staker.node, WalletKind.COLD, person=person)
    theirs = Staker(staker.node, cold, staker.api)
    operation = theirs.asked("stake", amount_trx=10, **ENERGY)
    theirs.work()
    assert not ChainTransaction.objects.exists()
    there = f"/tron/wallets/{cold.public_id}"
    built = staker.api.post(f"{there}/unsigned", {"operation_id": operation.public_id})
    assert built.status == 200, built
    signature = person.key.sign_recoverable(bytes.fromhex(built.body["txid"]), hasher=None).hex()
    body = {"txid": built.body["txid"], "signature": signature}
    attached = staker.api.post(f"{there}/signatures", body)
    assert attached.status in (200, 202), attached
    theirs.work()
    assert staked_sun(theirs) == 10 * TRX
    theirs.books_closed()
