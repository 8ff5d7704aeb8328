"""What a run begins with: settings, a merchant, and payers who have money."""

from collections.abc import Iterable

from tests.chaos.purchases import DIRECT, RATE_MICRO, ROUTE, SETTLED_TO, SWAP, Purchase, address_of
from tests.platform.running import Platform
from tests.waiting import until

# As short as may be, so that deaths are proven and books compared many times in a run.
SETTINGS = {
    "TRON_EXPIRATION_S": "60", "RECONCILE_INTERVAL_S": "5", "WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
    "WEBHOOK_TIMEOUT_S": "2", "WEBHOOK_RETRIES_S": "1,2,4" + 12 * ",5",
    "LATE_REFUND_AFTER_MINUTES": "0", "SWEEP_MIN_USDT": "1", "SWEEP_MIN_TRX": "2",
    "TRX_TRANSFER_DAILY_MAX": "1000000", "SETTLEMENT_ADDRESS": SETTLED_TO,
    "SETTLEMENT_FREQUENCY": "instant", "SETTLEMENT_THRESHOLD_USDT": "0",
}  # fmt: skip
CREDITED_MICRO = 10_000_000_000  # to the merchant, of what the hot wallet was funded with
FEES_TRX = 400  # for each payer and stranger: a few transfers, also where energy is dear


def merchant_made(whole: Platform) -> str:
    """Let there be a merchant, and return the token of its key."""
    seeded = whole.manage(
        "shell", "-v", "0", "-c", f"from tests.chaos.seed import seed; seed({CREDITED_MICRO})"
    )
    return seeded.split()[-1]


def payers_fund(whole: Platform, purchases: Iterable[Purchase]) -> None:
    """Give everybody who will pay what that takes, in solid blocks."""
    for one in purchases:
        if one.method == ROUTE:
            continue
        usdt = 2 * one.amount_micro // 1_000_000 + 3
        trx = FEES_TRX + (usdt * 1_000_000 // RATE_MICRO if one.method == SWAP else 0)
        for key in (one.payer, *([one.stranger] if one.method != DIRECT else [])):
            whole.control("faucet", {"address": address_of(key), "usdt": usdt, "trx": trx})
    head = whole.sandbox("state")["head"]["number"]
    until(
        "payers have money",
        lambda: (
            whole.sandbox("state")["pool"] == 0
            and whole.sandbox("state")["solid"]["number"] > head + 1
        ),
    )
