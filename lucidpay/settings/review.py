"""Settings of review and approval."""

from lucidpay.settings import env

# How long an approval lasts. One that was not used by then signs nothing.
APPROVAL_VALID_S = env.number("APPROVAL_VALID_S", 86_400, low=60, high=2_592_000)
