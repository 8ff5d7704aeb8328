"""What must hold after every step, asked of the database and of the model's chain."""

from collections import Counter, defaultdict
from uuid import UUID

from django.db import connection
from django.db.models import F, Sum

from payouts.models import Payout, PayoutEvent
from payouts.states import ARROWS, FINAL, Status
from payouts.story import ANNOUNCED, CREATED
from payouts.tallies.read import Counted, Slice, tallied_ever
from payouts.tallies.rebuild import raw_sql
from tests.stateful.chain import Chain
from tron.models import PAID_NOTHING, ChainTransaction, TxStatus
from wallets.models import Account, Entry, Hold
from webhooks.models import Event


def check_money(chain: Chain) -> None:
    """No payout is paid twice, none can be, and what is said of it is true."""
    rows = list(ChainTransaction.objects.order_by("pk"))
    by_txid = {row.txid: row for row in rows}
    for txid, sent in chain.known.items():
        assert txid in by_txid, "bytes left that were never stored"
        assert by_txid[txid].signed_hex == sent.signed_hex, "other bytes left than were stored"
    paid = chain.paid()
    assert paid.keys() <= by_txid.keys()
    attempts: dict[UUID, list[ChainTransaction]] = defaultdict(list)
    for row in rows:
        attempts[row.subject].append(row)
    for payout in Payout.objects.all():
        check_one(payout, attempts.pop(payout.pk, []), chain)
    assert not attempts, "a transaction of no payout"


def check_one(payout: Payout, attempts: list[ChainTransaction], chain: Chain) -> None:
    """Check one payout against the chain, past and future."""
    paid = [row for row in attempts if row.txid in chain.paid()]
    possible = [row for row in attempts if chain.could_still_pay(row.txid, row.expiration_ms)]
    assert len(paid) + len(possible) <= 1, f"{payout} could be paid twice"
    for row in attempts[:-1]:
        assert row.status in PAID_NOTHING, "signed again before the end of the last was known"
    for row in attempts:
        assert (row.recipient, row.amount_micro) == (payout.recipient_address, payout.amount_micro)
        check_status(row, chain)
    if payout.status == Status.CONFIRMED:
        assert len(paid) == 1
    elif payout.status != Status.PROCESSING:
        assert not paid, f"{payout.status}, and yet paid"
        assert not possible, f"{payout.status}, and yet it could be paid"
    assert payout.status != Status.PROCESSING or attempts[-1].pk == payout.transaction_id


def check_status(row: ChainTransaction, chain: Chain) -> None:
    """Check what is said of a transaction against the chain."""
    included = row.txid in chain.txids(chain.solid_number)
    paid = row.txid in chain.paid()
    assert row.status != TxStatus.CONTRADICTED
    assert row.status != TxStatus.SUCCEEDED or paid
    assert row.status != TxStatus.FAILED or (included and not paid)
    if row.status == TxStatus.DEAD:
        assert not included
        assert not chain.could_still_pay(row.txid, row.expiration_ms), "declared dead too early"


def check_story(final: dict[UUID, str]) -> None:
    """Each status is reached by arrows that are all told, in the story and in the outbox."""
    stories: dict[UUID, list[PayoutEvent]] = defaultdict(list)
    for event in PayoutEvent.objects.order_by("pk"):
        stories[event.payout_id].append(event)
    told: dict[UUID, Counter] = defaultdict(Counter)
    for subject, kind in Event.objects.values_list("subject", "type"):
        told[subject][kind] += 1
    for payout in Payout.objects.all():
        status, expected = Status.PENDING, Counter([CREATED])
        for event in stories[payout.pk]:
            if event.from_status:
                assert event.from_status == status
                assert (status, event.to_status) in ARROWS
                status = Status(event.to_status)
                if status in ANNOUNCED:
                    expected[ANNOUNCED[status]] += 1
        assert status == payout.status, "a status without its event"
        assert told[payout.pk] == expected, "a status without its announcement"
        if payout.pk in final:
            assert payout.status == final[payout.pk], "a final state was left"
        if payout.status in FINAL:
            final[payout.pk] = payout.status


def check_books() -> None:
    """Journals sum to zero, balances are their entries, holds fit and are only of open payouts."""
    sums = Entry.objects.values("journal", "asset").annotate(sum=Sum("units"))
    assert not sums.exclude(sum=0).exists()
    for account in Account.objects.filter(kind=Account.Kind.WALLET):
        booked = Entry.objects.filter(account=account).aggregate(sum=Sum("units"))["sum"] or 0
        holds = Hold.objects.filter(account=account, status=Hold.Status.OPEN)
        assert account.balance_units == booked
        assert account.held_units == (holds.aggregate(sum=Sum("units"))["sum"] or 0)
    overdrawn = Account.objects.filter(kind=Account.Kind.WALLET, held_units__gt=F("balance_units"))
    assert not overdrawn.exists(), "more is promised than there is"
    held = set(Hold.objects.filter(status=Hold.Status.OPEN).values_list("subject", flat=True))
    processing = Payout.objects.filter(status=Status.PROCESSING).values_list("pk", flat=True)
    assert held == set(processing), "money is held for nothing, or not held for something"


def check_sums() -> None:
    """What is told of many payouts at once is what they add up to, latencies included."""
    with connection.cursor() as cursor:
        cursor.execute(raw_sql())
        rows = cursor.fetchall()
    found: dict[Slice, Counted] = defaultdict(Counted)
    for _, router_type, _, measure, bucket, count, total in rows:
        line = found[Slice(router_type, measure, bucket)]
        line.count, line.total = line.count + int(count), line.total + int(total)
    told = {part: one for part, one in tallied_ever().items() if one != Counted()}
    assert told == found, "the sums are not those of the payouts"
