"""Retrying what failed of a batch: the sum is shown, a reason asked for, and each is told of."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from access.console import amount_text
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from payouts import tasks
from payouts.admin_retry import RetryForm, may_retry
from payouts.models_batch import Batch
from payouts.services.retry_batch import RETRY_MAX, batch_retry, failed_sum


def retry_batch_view(
    request: HttpRequest, batch_id: UUID, *, site: AdminSite, opts: Any
) -> HttpResponse:
    """Show how many have failed and ask for a reason; then retry some, and tell of each."""
    if not may_retry(request):
        raise PermissionDenied
    batch = get_object_or_404(Batch.objects.select_related("owner"), pk=batch_id)
    context = {**site.each_context(request), "opts": opts, "batch": batch, "most": RETRY_MAX}
    form = stepped_up(RetryForm, request)(request.POST or None)
    context |= {"form": form, "title": f"Retry what failed: {batch.name or batch.public_id}"}
    if request.method == "POST" and form.is_valid():
        context |= _done(request, batch, form.cleaned_data["reason"])
        return TemplateResponse(request, "payouts/admin/batch_retried.html", context)
    count, micro = failed_sum(batch)
    if not count:
        messages.info(request, "Nothing of this batch is left to retry.")
        return HttpResponseRedirect(reverse("admin:payouts_batch_change", args=[batch.pk]))
    context["facts"] = [
        ("batch", batch.public_id),
        ("asked by", batch.owner.username),
        ("failed", f"{count:,} payouts without a retry"),
        ("they pay", amount_text(micro, "USDT")),
    ]
    return TemplateResponse(request, "payouts/admin/batch_retry.html", context)


def _done(request: HttpRequest, batch: Batch, reason: str) -> dict[str, Any]:
    """Retry the next ones; return what became of each, and where to go on."""
    after = request.POST.get("after_row", "")
    done = batch_retry(
        batch_id=batch.pk,
        by=f"user {request.user.pk}",
        reason=reason,
        after_row=int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else -1,
        now=utc_now(),
    )
    ring_on_commit(tasks.sign)
    retries = [one.retry for one in done if one.retry is not None]
    return {
        "done": [(one, amount_text(one.payout.amount_micro)) for one in done],
        "retried": len(retries),
        "retried_total": amount_text(sum(one.amount_micro for one in retries), "USDT"),
        "refused": len(done) - len(retries),
        "after_row": done[-1].payout.batch_row if len(done) == RETRY_MAX else None,
        "reason": reason,
    }
