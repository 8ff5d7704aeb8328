"""Whether payments were kept as promised. Pure: from the facts to the list of what broke it.

Everybody has an address of their own for each payment, so what the chain has moved between them
and us says by itself whose money it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.chaos.chain import TRX, USDT
from tests.chaos.facts_payments import PaymentFacts
from tests.chaos.lives import GONE, Life, Seen
from tests.chaos.purchases import DEPOSITED, DIRECT, SWAP, address_of

ENDED = frozenset({"completed", "failed", "cancelled", "refunded"})
# What is kept of money that goes back by itself, at most (lucidpay/settings/gateway.py).
COST_MAX = {USDT: 1_000_000, TRX: 1_100_000}
Paid = tuple[str, str, int]  # recipient, asset, units


def payment_violations(facts: PaymentFacts) -> list[str]:
    """Return each breach in words; nothing when all is well."""
    told = Seen(facts)
    return [
        *(text for check in OF_ONE for one in told.lives for text in check(one)),
        *(text for check in OF_ALL for text in check(told)),
    ]


def payment_doubles(facts: PaymentFacts) -> int:
    """Return how often somebody got more from us than any row says, or a payee was paid again."""
    return _paid_by_us(Seen(facts), more=True).total()


def payment_lost(facts: PaymentFacts) -> int:
    """Return how many payments out are not on the chain, and how many in no payment knows of."""
    told = Seen(facts)
    unknown = _came_on_chain(told) - _came_by_rows(told)
    return _paid_by_us(told, more=False).total() + unknown.total()


# --- One payment ----------------------------------------------------------------------------------


def _payee_is_paid_once(one: Life) -> Iterator[str]:
    wanted = 1 if one.row.is_completed and one.method != DIRECT else 0
    if len(one.to_payee) != wanted:
        status = f"{one.row.payment_id} ({one.method}, {one.row.status})"
        yield f"{status} has paid its payee {len(one.to_payee)} times, not {wanted}"


def _payee_got_what_is_left(one: Life) -> Iterator[str]:
    if not one.row.is_completed or one.method == DIRECT:
        return
    before = one.live(cause="requested", is_covered=False)
    wanted = one.promise.net_micro - sum(refund.units for refund in before)
    got = one.sum_of(one.to_payee, USDT)
    if got != wanted:
        yield f"{one.row.payment_id} has paid its payee {got}, not {wanted}"


def _payer_has_paid_the_payee(one: Life) -> Iterator[str]:
    """A direct transfer is completed by one payment of exactly its amount."""
    if one.method == DIRECT and one.row.is_completed:
        exact = [move for move in one.came if move.units == one.promise.pay_units]
        if not exact:
            yield f"{one.row.payment_id} is completed, and its payer has not paid its payee"


def _who_paid_in_time_is_served(one: Life) -> Iterator[str]:
    """A payer who has paid all of it in time, and was not cancelled before, gets what it buys."""
    if one.method not in DEPOSITED or one.row.status == "cancelled":
        return
    payer, last_ms = address_of(one.promise.purchase.payer), one.promise.expires_ms
    in_time = sum(
        move.units
        for move in one.came
        if (move.sender, move.asset) == (payer, one.promise.asset) and move.time_ms <= last_ms
    )
    if in_time >= one.promise.pay_units and one.row.status == "failed":
        yield f"{one.row.payment_id} was paid in time with {in_time} units, and has failed"


def _all_that_came_went_on(one: Life) -> Iterator[str]:
    """What came in, less what went out, is the fee and what was kept for the network's cost."""
    if one.method not in DEPOSITED:
        return
    asset = one.promise.asset
    came = one.sum_of(one.came, asset)
    covered = sum(refund.units for refund in one.live(is_covered=True))
    back = one.sum_of(one.back, asset)
    kept = sum(refund.cost_units for refund in one.live()) + _dust(one)
    earned = 0
    if one.method == SWAP:
        earned = one.promise.pay_units if one.row.is_completed else 0
        usdt_back = one.sum_of(one.back, USDT)
        if usdt_back != covered:
            yield f"{one.row.payment_id}: {usdt_back} USDT units went back, {covered} were covered"
    else:
        back += one.sum_of(one.to_payee, USDT) - covered
        earned = one.promise.fee_micro if one.row.is_completed else 0
    if came - back != earned + kept:
        yield (
            f"{one.row.payment_id} ({one.method}, {one.row.status}): {came} came, {back} went on, "
            f"{earned} were earned and {kept} kept: {came - back - earned - kept} are missing"
        )


def _dust(one: Life) -> int:
    """Return what strangers have sent that is too little to count, and stays."""
    stranger, least = address_of(one.promise.purchase.stranger), COST_MAX[one.promise.asset]
    return sum(
        move.units
        for move in one.came
        if (move.sender, move.asset) == (stranger, one.promise.asset) and move.units < least
    )


def _cost_is_bounded(one: Life) -> Iterator[str]:
    for refund in one.live():
        most = 0 if refund.cause == "requested" else min(refund.units, COST_MAX[refund.asset])
        if not 0 <= refund.cost_units <= most:
            yield f"{refund.refund_id} ({refund.cause}) has kept {refund.cost_units}, not {most}"


def _nobody_got_more_back(one: Life) -> Iterator[str]:
    if one.method not in DEPOSITED:
        return
    # What a merchant gives back of a swap is USDT, up to its amount.
    limit = {USDT: 0, TRX: 0, one.promise.asset: one.sum_of(one.came, one.promise.asset)}
    if one.method == SWAP and one.row.is_completed:
        limit[USDT] = one.promise.purchase.amount_micro
    for asset, most in limit.items():
        back = one.sum_of(one.back, asset)
        if back > most:
            yield f"{one.row.payment_id}: {back} units of {asset} went back of {most}"
    stranger = address_of(one.promise.purchase.stranger)
    sent = sum(move.units for move in one.came if move.sender == stranger)
    got = sum(move.units for move in one.back if move.recipient == stranger)
    if got > sent:
        yield f"{one.row.payment_id}: a stranger sent {sent} and got {got} back"


def _it_has_ended(one: Life) -> Iterator[str]:
    if one.row.status not in ENDED:
        yield f"{one.row.payment_id} is still {one.row.status}"
    for refund in one.refunds:
        if refund.status not in ("completed", GONE):
            yield f"{refund.refund_id} is still {refund.status}"


# --- All of them ----------------------------------------------------------------------------------


def _all_are_known(told: Seen) -> Iterator[str]:
    rows = {one.payment_id for one in told.facts.rows}
    promised = [one.payment_id for one in told.facts.promises]
    yield from (f"{one} was promised, and nobody knows it" for one in sorted(set(promised) - rows))
    yield from (f"{one} was never asked for" for one in sorted(rows - set(promised)))
    if len(set(promised)) != len(promised):
        yield "two orders were answered with the same payment"


def _no_deposit_is_lost(told: Seen) -> Iterator[str]:
    on_chain, by_rows = _came_on_chain(told), _came_by_rows(told)
    for came in (on_chain - by_rows).elements():
        yield f"{came} stands on the chain, and its payment does not know it"
    for came in (by_rows - on_chain).elements():
        yield f"{came} is known to a payment and not to the chain"


def _came_on_chain(told: Seen) -> Counter[tuple[str, ...]]:
    """Return what came to deposit addresses; and of a direct transfer what has completed it."""
    found: Counter[tuple[str, ...]] = Counter()
    for one in told.lives:
        moves = one.came
        if one.method == DIRECT:
            exact = [move for move in moves if move.units == one.promise.pay_units]
            moves = tuple(exact[: int(one.row.is_completed)])
        for move in moves:
            found[one.row.payment_id, move.txid, move.asset, move.sender, str(move.units)] += 1
    return found


def _came_by_rows(told: Seen) -> Counter[tuple[str, ...]]:
    return Counter(
        (one.payment_id, one.txid, one.asset, one.sender, str(one.units)) for one in told.facts.came
    )


def _refunds_are_paid_once(told: Seen) -> Iterator[str]:
    for paid, count in _paid_by_us(told, more=True).items():
        yield f"{paid} was paid {count} times too often"
    for paid, count in _paid_by_us(told, more=False).items():
        yield f"{paid} is said to be paid and missing on the chain {count} times"


def _paid_by_us(told: Seen, *, more: bool) -> Counter[Paid]:
    """Return what payees, payers and strangers got from us beyond what rows say, or short of it."""
    on_chain, by_rows = Counter[Paid](), Counter[Paid]()
    for one in told.lives:
        for move in (*one.back, *one.to_payee):
            on_chain[move.recipient, move.asset, move.units] += 1
        for refund in one.refunds:
            if refund.status == "completed" and refund.paid_units:
                by_rows[refund.recipient, refund.asset, refund.paid_units] += 1
        if one.row.is_completed and one.method != DIRECT:
            before = one.live(cause="requested", is_covered=False)
            net = one.promise.net_micro - sum(refund.units for refund in before)
            by_rows[one.promise.purchase.payee, USDT, net] += 1
    return on_chain - by_rows if more else by_rows - on_chain


def _each_refund_was_asked_for_once(told: Seen) -> Iterator[str]:
    """What was promised to merchants, and no more, is refunded at their request."""
    promised = Counter((one.payment_id, one.units, one.asset) for one in told.facts.returned)
    asked = Counter(
        (one.payment_id, one.units, one.asset)
        for one in told.facts.refunds
        if one.cause == "requested" and one.status != GONE
    )
    for one, count in (asked - promised).items():
        yield f"{one} is refunded {count} times too often"
    for one, count in (promised - asked).items():
        yield f"{one} was promised to be refunded and is not, {count} times"


def _fees_are_settled(told: Seen) -> Iterator[str]:
    fees = sum(
        one.promise.fee_micro for one in told.lives if one.row.is_completed and one.method != DIRECT
    )
    moves = Counter(one.units for one in told.ours(told.facts.settled_to))
    got = sum(units * count for units, count in moves.items())
    if got != fees:
        yield f"the settlement address has got {got} of {fees} earned"
    if moves != Counter(told.facts.settlements):
        yield f"the settlement address has got {dict(moves)}, {told.facts.settlements} were settled"


def _deposits_go_to_us_alone(told: Seen) -> Iterator[str]:
    places = {one.promise.place for one in told.lives if one.method in DEPOSITED}
    for move in told.facts.moves:
        if move.sender in places and move.recipient != told.facts.hot:
            yield f"{move.units} units of {move.asset} went from a deposit address to a stranger"


def _nobody_else_is_paid(told: Seen) -> Iterator[str]:
    known = {told.facts.settled_to, told.facts.hot} | told.facts.ordered
    for one in told.lives:
        purchase = one.promise.purchase
        people = (purchase.payer, purchase.stranger)
        known |= {purchase.payee, one.promise.place, *(address_of(person) for person in people)}
    for move in told.facts.moves:
        if move.sender == told.facts.hot and move.recipient not in known:
            yield f"{move.units} units of {move.asset} went to {move.recipient}, whom nobody named"


def _the_books_are_closed(told: Seen) -> Iterator[str]:
    facts = told.facts
    if any(facts.owed.values()) or facts.earned_micro:
        yield f"the books owe {facts.owed} to payers and payees, and {facts.earned_micro} of fees"
    if facts.lying != facts.on_chain:
        yield f"{facts.lying} lie at deposit addresses by the books, {facts.on_chain} by the chain"
    covered = sum(one.units for one in facts.refunds if one.is_covered and one.status != GONE)
    if facts.spent_micro != covered:
        yield f"merchants have paid {facts.spent_micro} for refunds of {covered}"


def _all_are_told(told: Seen) -> Iterator[str]:
    for one in told.lives:
        if told.facts.events[one.row.payment_id, "payment.created"] != 1:
            yield f"{one.row.payment_id} was not announced once"
        if one.row.is_completed and not told.facts.events[one.row.payment_id, "payment.completed"]:
            yield f"{one.row.payment_id} is completed, and nobody was told"
    for event, count in (told.facts.events - told.facts.heard).items():
        yield f"{event} was not heard {count} times"
    for event, count in (told.facts.heard - told.facts.events).items():
        yield f"{event} was heard {count} times too often"


# Money first: the report shows the beginning of the list.
OF_ONE: tuple[Callable[[Life], Iterator[str]], ...] = (
    _payee_is_paid_once,
    _payee_got_what_is_left,
    _payer_has_paid_the_payee,
    _who_paid_in_time_is_served,
    _all_that_came_went_on,
    _nobody_got_more_back,
    _cost_is_bounded,
    _it_has_ended,
)
OF_ALL: tuple[Callable[[Seen], Iterator[str]], ...] = (
    _no_deposit_is_lost,
    _refunds_are_paid_once,
    _each_refund_was_asked_for_once,
    _fees_are_settled,
    _deposits_go_to_us_alone,
    _nobody_else_is_paid,
    _the_books_are_closed,
    _all_are_known,
    _all_are_told,
)
