"""What is found below ``/pay/``, with and without a trailing slash."""

from django.urls import re_path

from gateway.page.views import PaymentPage, PaymentQr, PaymentState

urlpatterns = [
    re_path(r"^(?P<payment_id>[^/]+)/status/?$", PaymentState.as_view(), name="payment_state"),
    re_path(r"^(?P<payment_id>[^/]+)/qr\.svg$", PaymentQr.as_view(), name="payment_qr"),
    # Whatever else is asked for here: a payer with a broken link is told so on a page.
    re_path(r"^(?P<payment_id>[\s\S]*?)/?$", PaymentPage.as_view(), name="payment_page"),
]
