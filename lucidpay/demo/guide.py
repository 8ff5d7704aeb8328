"""What is where, said once everything runs."""

import os
from pathlib import Path

from lucidpay.demo.orders import SHOP, address_of
from lucidpay.demo.plan import Plan
from lucidpay.demo.screen import Screen
from lucidpay.demo.tokens import ADMIN


def guide_show(plan: Plan, screen: Screen, *, password: str, hot_address: str, page: str) -> None:
    """Say where everything is, and how to pay somebody; ``page`` is that of a payment, or empty."""
    screen.say()
    env_file = path_shown(plan.env_file)
    # A terminal is for eyes; a file or a pipe is a log, and no place for a password.
    secret = password if screen.is_lively else f"LUCIDPAY_ADMIN_PASSWORD in {env_file}"
    screen.facts(
        {
            "Docs": f"{plan.url}/api/docs/",
            "API": f"{plan.url}/api/payment/",
            "Admin": f"{plan.url}/admin/   user {ADMIN}, password {secret}",
            **({"Payer's page": page} if page else {}),
            "Node": f"{plan.node_url}   a TRON node of its own, a block a second",
            "Hot wallet": hot_address,
            "Keys": f"{env_file}   for programs: source it",
            "Logs": path_shown(plan.logs),
        }
    )
    screen.say()
    if plan.is_elsewhere:
        _elsewhere_show(plan, screen, hot_address)
    else:
        _curls_show(plan, screen)
    screen.say()
    screen.say("Ctrl-C stops everything. The data stays; `make clean` forgets it.", "dim")


def path_shown(path: Path) -> str:
    """Return the path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _curls_show(plan: Plan, screen: Screen) -> None:
    json = " -H 'Content-Type: application/json' -d "
    pay = f'{{"recipient_address":"{address_of("Ada")}","amount_usdt":12.50,"reason":"Hello"}}'
    take = f'{{"payer_address":"{address_of("Grace")}","payee_address":"{address_of(SHOP)}",'
    for title, path, more in (
        ("Pay somebody:", "/api/payment/payouts", f"{json}'{pay}'"),
        ("Take a payment:", "/api/v1/payments/create", f"{json}'{take}\"amount\":25}}'"),
        ("See the chain:", "/tron/network/status", ""),
        ("What the hot wallet has:", "/tron/wallets/$HOT_WALLET_ID/balance", ""),
        ("What staking would save:", "/tron/staking/advice", ""),
    ):
        screen.say(title, "bold")
        screen.say(_curl(plan, path) + more)


def _curl(plan: Plan, path: str) -> str:
    source = path_shown(plan.env_file)
    source = source if os.sep in source else f".{os.sep}{source}"
    return f'. {source} && curl -s $LUCIDPAY_URL{path} -H "Authorization: Bearer $LUCIDPAY_API_KEY"'


def _elsewhere_show(plan: Plan, screen: Screen, hot_address: str) -> None:
    node = plan.nodes or "its public nodes"
    screen.say(
        f"The platform works on {plan.network} ({node}), not on the sandbox node: there is no "
        f"faucet and nothing was paid. Send USDT and TRX to {hot_address} to pay from it.",
        "yellow",
    )
