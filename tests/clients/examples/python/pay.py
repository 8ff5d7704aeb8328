import os

from lucidpay_client import AdvancedLucidPaymentClientSync, PayoutRequest

url, api_key = os.environ["LUCIDPAY_URL"], os.environ["LUCIDPAY_API_KEY"]
ada = "TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg"
order = PayoutRequest(recipient_address=ada, amount_usdt="12.50", reference_id="invoice-1843")
with AdvancedLucidPaymentClientSync(api_key, url) as client:
    payout = client.create_payout_with_retry(order)
    print(client.wait_for_confirmation(payout.payout_id, poll_s=2).status)
