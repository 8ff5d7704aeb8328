"""The clients without asyncio: the twins of those in ``client``, for threads and scripts."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from lucidpay_client import answers, calls, wire
from lucidpay_client.calls import Call
from lucidpay_client.errors import LucidPayError
from lucidpay_client.orders import PaymentRequest, PayoutRequest
from lucidpay_client.plans import Pause, Plan, Retries, Step, until_final, with_retries

T = TypeVar("T")

TIMEOUT_S = 30.0
PAGE = 100


class LucidPaymentClientSync:
    """Pays people through a LucidPay platform.

    ``api_key``: a key or a JWT access token; it shows in no repr, log or error. ``base_url``: where
    the platform is, ``https://pay.example.com``. ``timeout``: seconds for each request to connect,
    to be sent and to be answered.

    Use it as ``with``, or call ``close``. Every method raises a ``LucidPayError``; one with
    ``outcome_unknown`` says how to repeat safely.
    """

    def __init__(self, api_key: str, base_url: str, timeout: float = TIMEOUT_S) -> None:
        self._http = httpx.Client(**wire.http_settings(api_key, base_url, timeout))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._http.base_url)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def create_payout(self, request: PayoutRequest) -> answers.PayoutResponse:
        """Pay one person; the answer is ``replayed`` when this very request was sent before."""
        return self.send(calls.payout_create(request))

    def get_payout_status(self, payout_id: str) -> answers.PayoutResponse:
        """Return a payout as it stands now. Raises ``PayoutNotFound``, also for somebody else's."""
        return self.send(calls.payout_get(payout_id))

    def cancel_payout(self, payout_id: str, reason: str | None = None) -> answers.PayoutResponse:
        """Take back a payout that is not signed yet; after that, raises ``Conflict``."""
        return self.send(calls.payout_cancel(payout_id, reason))

    def dry_run_payout(self, request: PayoutRequest) -> dict[str, Any]:
        """Return what would become of a payout: verdict, cost, balance after. Stores nothing."""
        return self.send(calls.dry_run(calls.payout_create(request)))

    def iter_payouts(
        self,
        *,
        status: str | None = None,
        router_type: str | None = None,
        batch_id: str | None = None,
        reference_id: str | None = None,
        recipient_address: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
    ) -> Iterator[answers.PayoutResponse]:
        """Give every payout that fits the filters, newest first, page by page as it is asked for.

        Dates are ISO 8601: ``2026-01-31`` or ``2026-01-31T09:00:00Z``.
        """
        filters = calls.payout_filters(
            status=status, router_type=router_type, batch_id=batch_id, reference_id=reference_id,
            recipient_address=recipient_address, start_date=start_date, end_date=end_date,
        )  # fmt: skip
        call: Call[answers.PayoutPage] | None = calls.payouts_page(filters, PAGE)
        while call is not None:
            page = self.send(call)
            yield from page.payouts
            call = calls.next_page(call, page)

    def create_batch_payout(
        self,
        payouts: Sequence[PayoutRequest],
        router_type: str | None = None,
        priority: str | None = None,
        batch_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> answers.BatchPayoutResponse:
        """Pay 1 to 100 people, all or none; released at the full hour unless ``batch_type`` says.

        Without a key it has one made of its requests: the same objects again are the same batch.
        """
        call = calls.batch_create(
            payouts, router_type=router_type, priority=priority, batch_type=batch_type,
            idempotency_key=idempotency_key,
        )  # fmt: skip
        return self.send(call)

    def dry_run_batch(
        self,
        payouts: Sequence[PayoutRequest],
        router_type: str | None = None,
        priority: str | None = None,
        batch_type: str | None = None,
    ) -> dict[str, Any]:
        """Return what would become of a batch. Stores nothing."""
        call = calls.batch_create(
            payouts, router_type=router_type, priority=priority, batch_type=batch_type,
            idempotency_key=None,
        )  # fmt: skip
        return self.send(calls.dry_run(call))

    def get_batch_status(self, batch_id: str) -> answers.BatchStatus:
        """Return where a batch stands."""
        return self.send(calls.batch_get(batch_id))

    def cancel_batch(self, batch_id: str) -> answers.BatchStatus:
        """Take back what of a batch is not signed; ``raw`` names what was too late."""
        return self.send(calls.batch_cancel(batch_id))

    def get_payment_stats(
        self, router_type: str | None = None, period: str = "day"
    ) -> answers.PaymentStats:
        """Return what was asked for in the last ``hour`` ``day`` ``week`` or ``month``."""
        return self.send(calls.stats_get(router_type, period))

    def create_payment(self, request: PaymentRequest) -> answers.PaymentResponse:
        """Ask for a payment; the answer says where its payer is to pay."""
        return self.send(calls.payment_create(request))

    def get_payment_status(self, payment_id: str) -> answers.PaymentResponse:
        """Return a payment as it stands now."""
        return self.send(calls.payment_get(payment_id))

    def refund_payment(
        self,
        payment_id: str,
        amount: Decimal | int | str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> answers.RefundResponse:
        """Give back all that is left of a payment, or ``amount`` of it.

        Without a key one is made for this call; an error names it. To repeat, name it again.
        """
        call = calls.payment_refund(
            payment_id, amount=amount, reason=reason, idempotency_key=idempotency_key
        )
        return self.send(call)

    def get_events(self, after: int = 0, limit: int = PAGE) -> answers.EventPage:
        """Return the events after a sequence, oldest first; go on with its ``next_after``."""
        return self.send(calls.events_page(after, limit))

    def list_webhooks(self) -> list[answers.Webhook]:
        """Return your newest hundred webhooks."""
        return self.send(calls.webhooks_page()).webhooks

    def send_test_webhook(self, webhook_id: str) -> answers.Delivery:
        """Have the platform send a ``webhook.test`` to one webhook."""
        return self.send(calls.webhook_test(webhook_id))

    def get_delivery(self, delivery_id: str) -> answers.Delivery:
        """Return how far a delivery is, with what the receiver answered."""
        return self.send(calls.delivery_get(delivery_id))

    def get_health(self) -> answers.Health:
        """Return how the platform is; takes any key."""
        return self.send(calls.health_get())

    def send(self, call: Call[T]) -> T:
        """Carry out one call of ``calls``, also of one that has no method here."""
        sent, request = wire.request_of(self._http, call)
        try:
            response = self._http.send(request)
        except httpx.HTTPError as error:
            raise wire.error_of(sent, error) from error
        result: T = wire.result_of(sent, response)
        return result

    def run(self, plan: Plan[T]) -> T:
        """Carry out a plan of ``plans``: all its requests and pauses."""
        try:
            step = next(plan)
            while True:
                try:
                    outcome = self._do(step)
                except LucidPayError as error:
                    step = plan.throw(error)
                else:
                    step = plan.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, step: Step) -> Any:
        if isinstance(step, Pause):
            return time.sleep(step.seconds)
        return self.send(step)


class AdvancedLucidPaymentClientSync(LucidPaymentClientSync):
    """The same client, with retries, many at once, and waiting for the end."""

    def __init__(
        self,
        api_key: str,
        base_url: str,
        timeout: float = TIMEOUT_S,
        retries: Retries | None = None,
    ) -> None:
        super().__init__(api_key, base_url, timeout)
        self._retries = retries or Retries()

    def create_payout_with_retry(self, request: PayoutRequest) -> answers.PayoutResponse:
        """Pay one person; try again what can pass, with the same key, so that it pays once.

        Three tries, 4 to 10 s between them (``retries``), or what ``Retry-After`` asks for. Tried
        again are lost connections, time-outs, 5xx and 429; refusals are raised at once.
        """
        return self.run(with_retries(calls.payout_create(request), self._retries))

    def create_payouts_parallel(
        self, payouts: Sequence[PayoutRequest], max_concurrent: int = 5
    ) -> list[answers.PayoutResponse | Exception]:
        """Pay many people at once, each with retries; return for each its payout or its error.

        In the order of ``payouts``: what fails hides nothing of the others. Interrupted, call it
        again with the same objects: nobody is paid twice.
        """
        if max_concurrent < 1:
            raise ValueError("max_concurrent must be at least 1.")

        def one(request: PayoutRequest) -> answers.PayoutResponse | Exception:
            try:
                return self.create_payout_with_retry(request)
            except Exception as error:
                return error

        pool = ThreadPoolExecutor(max_concurrent)
        try:
            return list(pool.map(one, payouts))
        finally:
            # After a Ctrl-C nothing more is begun.
            pool.shutdown(cancel_futures=True)

    def wait_for_confirmation(
        self,
        payout_id: str,
        timeout_minutes: float = 30,
        poll_s: float = 5.0,
        on_change: Callable[[answers.PayoutResponse], None] = lambda _: None,
    ) -> answers.PayoutResponse:
        """Return the payout when it has ended: ``is_paid`` says whether it was confirmed.

        Asks every ``poll_s`` and tells ``on_change`` of each new status. Raises
        ``ConfirmationTimeout`` when it has not ended in time: it is then still under way and must
        not be paid again.
        """
        plan = until_final(
            calls.payout_get(payout_id), payout_id,
            timeout_s=timeout_minutes * 60, poll_s=poll_s, on_change=on_change,
        )  # fmt: skip
        return self.run(plan)
