"""The dashboard as code: ``python docker/grafana/dashboard.py`` writes it into ``dashboards/``.

Deterministic, so a test can say that the file is what this module writes. What every web process
tells alike is asked for with max(): one of them is right.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("dashboards") / "lucidpay.json"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH = 24
STAT_H, GRAPH_H = 4, 8
RED_ABOVE_0 = [("green", None), ("red", 1)]
YELLOW_ABOVE_0 = [("green", None), ("yellow", 1)]

Panel = dict[str, Any]


def query(expr: str, legend: str = "") -> dict[str, Any]:
    """Return a question to Prometheus."""
    return {"datasource": SOURCE, "expr": expr, "legendFormat": legend or "__auto"}


def panel(kind: str, title: str, *queries: dict[str, Any], unit: str, **options: Any) -> Panel:
    """Return a panel; where it stands is decided by ``placed``."""
    targets = [{**one, "refId": chr(ord("A") + number)} for number, one in enumerate(queries)]
    defaults: dict[str, Any] = {"unit": unit}
    if steps := options.pop("steps", None):
        values = [{"color": color, "value": value} for color, value in steps]
        defaults["thresholds"] = {"mode": "absolute", "steps": values}
    return {
        "type": kind, "title": title, "datasource": SOURCE, "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options,
    }  # fmt: skip


def stat(
    title: str, expr: str, *, unit: str = "none", steps: Any = None, legend: str = ""
) -> Panel:
    """Return one number, or one for each label."""
    reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    return panel(
        "stat", title, query(expr, legend), unit=unit, steps=steps or [("blue", None)],
        reduceOptions=reduced, colorMode="value", graphMode="none", textMode="auto",
    )  # fmt: skip


def graph(title: str, *queries: dict[str, Any], unit: str = "none") -> Panel:
    """Return a course over time."""
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
    return panel(
        "timeseries", title, *queries, unit=unit, legend=legend,
        tooltip={"mode": "multi", "sort": "desc"},
    )  # fmt: skip


def quantiles(metric: str, *, by: str = "", where: str = "") -> list[dict[str, Any]]:
    """Return p50 and p95 of a histogram."""
    labels = f"le, {by}" if by else "le"
    named = f" {{{{{by}}}}}" if by else ""
    rate = f"rate({metric}_bucket{where}[$__rate_interval])"
    return [
        query(f"histogram_quantile({share / 100}, sum by ({labels}) ({rate}))", f"p{share}{named}")
        for share in (50, 95)
    ]


def grown(metric: str, by: str) -> str:
    """Return how much a count of the database's has grown within the step that is shown."""
    return f"sum by ({by}) (max without (instance) (increase({metric}[$__rate_interval])))"


NEEDS = [
    stat("Halts", "sum(max by (cause) (lucidpay_halts_open))", steps=RED_ABOVE_0),
    stat("Breaker open", "max(tron_circuit_breaker_open)", steps=RED_ABOVE_0),
    stat("Nodes up", "sum(max by (node) (lucidpay_node_up))", steps=[("red", None), ("green", 1)]),
    stat("Workers", "max(lucidpay_workers_alive)", steps=[("red", None), ("green", 1)]),
    stat("Queues unserved", "max(lucidpay_queues_unserved)", steps=RED_ABOVE_0),
    stat("Beat heard", "max(lucidpay_beat_age_seconds)", unit="s",
         steps=[("green", None), ("red", 30)]),
    stat("Wallets below their mark", "sum(max by (wallet, asset) (tron_wallet_low_balance))",
         steps=RED_ABOVE_0),
    stat("Unexplained bookings", "max(lucidpay_suspense_open)", steps=RED_ABOVE_0),
    stat("Due and not signed", "max(lucidpay_oldest_unsigned_age_seconds)", unit="s",
         steps=[("green", None), ("yellow", 60), ("red", 300)]),
    stat("Signed without an end", "max(lucidpay_oldest_processing_age_seconds)", unit="s",
         steps=[("green", None), ("yellow", 300), ("red", 600)]),
    stat("Wait for an approval", "max(lucidpay_payouts_in_review)", steps=YELLOW_ABOVE_0),
    stat("Disputes", "max(lucidpay_disputes_open)", steps=YELLOW_ABOVE_0),
]  # fmt: skip
PAYOUTS = [
    graph("Paid, USDT", query(grown("tron_payout_amount_usdt_total", "router_type"),
                              "{{router_type}}")),
    graph("Payouts that have reached a status",
          query(grown("tron_payment_requests_total", "status"), "{{status}}")),
    graph("Payouts by the status they are in",
          query("max by (status) (lucidpay_payouts)", "{{status}}")),
    stat("Confirmed, of those that ended, 24 h", """\
sum(increase(tron_payment_requests_total{status="confirmed"}[24h]))
  / sum(increase(tron_payment_requests_total{status=~"confirmed|failed"}[24h]))""",
         unit="percentunit", steps=[("red", None), ("yellow", 0.98), ("green", 0.995)]),
    graph("Due to first signature", *quantiles("lucidpay_dispatch_seconds"), unit="s"),
    graph("Due to confirmation", *quantiles("lucidpay_confirmation_seconds"), unit="s"),
    graph("The longest waits",
          query("max(lucidpay_oldest_pending_age_seconds)", "due"),
          query("max(lucidpay_oldest_unsigned_age_seconds)", "due, for nobody"),
          query("max(lucidpay_oldest_processing_age_seconds)", "signed"), unit="s"),
    graph("Used of the daily limit, USDT", query("max(tron_daily_limit_usage_usdt)", "used")),
]  # fmt: skip
WALLETS = [
    graph("USDT by the books",
          query('max by (wallet) (lucidpay_wallet_balance{asset="USDT"})', "{{wallet}}")),
    graph("TRX by the books",
          query('max by (wallet) (lucidpay_wallet_balance{asset="TRX"})', "{{wallet}}")),
    graph("Held for payouts",
          query("max by (wallet, asset) (lucidpay_wallet_held)", "{{wallet}} {{asset}}")),
    graph("Energy",
          query('max by (wallet) (lucidpay_wallet_resources{resource="energy"})', "{{wallet}}")),
    graph("Bandwidth",
          query('sum by (wallet) (max by (wallet, resource) '
                '(lucidpay_wallet_resources{resource!="energy"}))', "{{wallet}}")),
    graph("Age of the look at resources",
          query("max by (wallet) (lucidpay_wallet_resources_age_seconds)", "{{wallet}}"),
          unit="s"),
    graph("Chain less books",
          query("max by (wallet, asset) (lucidpay_reconciliation_difference)",
                "{{wallet}} {{asset}}")),
    graph("Age of the last comparison",
          query("max by (wallet, asset) (lucidpay_reconciliation_age_seconds)",
                "{{wallet}} {{asset}}"),
          query("max(lucidpay_flows_unbooked_age_seconds)", "oldest unbooked"), unit="s"),
]  # fmt: skip
CHAIN = [
    graph("Nodes up", query("max by (node) (lucidpay_node_up)", "{{node}}"),
          query("max by (node) (lucidpay_node_throttled)", "{{node}} asks for a pause")),
    graph("Blocks behind", query("max(lucidpay_scanner_lag_blocks)", "not read"),
          query("max(lucidpay_agreement_lag_blocks)", "told by one node only")),
    graph("Age of the newest block", query("max(lucidpay_head_age_seconds)", "head"),
          query("max(lucidpay_read_age_seconds)", "solid, read"), unit="s"),
    graph("Answers of nodes to workers", *quantiles("tron_node_request_seconds"), unit="s"),
    graph("Requests to nodes",
          query("sum by (endpoint) (rate(tron_node_request_seconds_count[$__rate_interval]))",
                "{{endpoint}}"), unit="reqps"),
    graph("Requests that brought no answer",
          query("sum by (error) (rate(tron_node_request_errors_total[$__rate_interval]))",
                "{{error}}"), unit="reqps"),
]  # fmt: skip
GATEWAY = [
    graph("Payments", query(grown("lucidpay_payments_total", "reached"), "{{reached}}")),
    graph("USDT", query(grown("lucidpay_payments_volume_usdt_total", "job"), "paid on"),
          query(grown("lucidpay_payments_fees_usdt_total", "job"), "fees"),
          query(grown("lucidpay_payments_refunded_usdt_total", "job"), "sent back")),
    graph("Deposit addresses to empty",
          query("max by (status) (lucidpay_sweeps_open)", "{{status}}")),
    graph("The oldest of them",
          query("max by (status) (lucidpay_sweep_oldest_age_seconds)", "{{status}}"), unit="s"),
]  # fmt: skip
WEBHOOKS = [
    graph("Attempts by outcome",
          query(grown("lucidpay_webhook_deliveries_total", "outcome"), "{{outcome}}")),
    graph("On their way", query("max(lucidpay_webhook_deliveries_pending)", "deliveries")),
    graph("Late by", query("max(lucidpay_webhook_oldest_due_seconds)", "the oldest delivery"),
          query("max(lucidpay_webhook_unplaced_seconds)", "the oldest event without a place"),
          unit="s"),
    stat("Receivers switched off", "max(lucidpay_webhook_endpoints_failed)", steps=YELLOW_ABOVE_0),
    stat("Given up, 24 h", "max(lucidpay_webhook_deliveries_given_up)", steps=YELLOW_ABOVE_0),
]  # fmt: skip
ANSWERS = "django_http_responses_total_by_status_view_method_total"
TIMES = "django_http_requests_latency_seconds_by_view_method"
WEB = [
    graph("Answers by status",
          query(f"sum by (status) (rate({ANSWERS}[$__rate_interval]))", "{{status}}"),
          unit="reqps"),
    graph("Answers by call",
          query(f"topk(10, sum by (view, method) (rate({ANSWERS}[$__rate_interval])))",
                "{{method}} {{view}}"), unit="reqps"),
    graph("5xx by call",
          query(f'sum by (view, method) (rate({ANSWERS}{{status=~"5.."}}[$__rate_interval]))',
                "{{method}} {{view}}"), unit="reqps"),
    graph("Time of an API call", *quantiles(TIMES, where='{view!~"admin:.*|metrics"}'), unit="s"),
    graph("Time of a create",
          *quantiles(TIMES, where='{method="POST",view=~"payouts|payment-create"}'), unit="s"),
    graph("Exceptions",
          query("sum by (type) (rate(django_http_exceptions_total_by_type_total"
                "[$__rate_interval]))", "{{type}}"), unit="reqps"),
]  # fmt: skip
WORKERS = [
    graph("Workers that live", query("max(lucidpay_workers_alive)", "workers"),
          query("max(lucidpay_queues_unserved)", "queues without one")),
    graph("Tasks that wait", query("max(lucidpay_queue_depth)", "tasks")),
    graph("Beat heard", query("max(lucidpay_beat_age_seconds)", "seconds ago"), unit="s"),
    graph("Told to Prometheus", query('up{job=~"lucidpay-.*"}', "{{job}} {{instance}}")),
]  # fmt: skip
ROWS = {
    "Needs you now": NEEDS,
    "Payouts": PAYOUTS,
    "Wallets and energy": WALLETS,
    "Chain": CHAIN,
    "Gateway": GATEWAY,
    "Webhooks": WEBHOOKS,
    "Web": WEB,
    "Workers": WORKERS,
}


def placed() -> Iterator[Panel]:
    """Yield every panel with its number and its place: four numbers of a kind or two courses."""
    y, number = 0, 0
    for title, panels in ROWS.items():
        number += 1
        grid = {"x": 0, "y": y, "w": WIDTH, "h": 1}
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": grid}
        x, y, height = 0, y + 1, 0
        for one in panels:
            number += 1
            wide, high = (4, STAT_H) if one["type"] == "stat" else (WIDTH // 2, GRAPH_H)
            if x + wide > WIDTH:
                x, y, height = 0, y + height, 0
            yield {**one, "id": number, "gridPos": {"x": x, "y": y, "w": wide, "h": high}}
            x, height = x + wide, max(height, high)
        y += height


def dashboard() -> dict[str, Any]:
    """Return all of it, as Grafana stores it."""
    return {
        "uid": "lucidpay", "title": "LucidPay", "tags": ["lucidpay"], "schemaVersion": 39,
        "editable": False, "refresh": "30s", "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc", "panels": list(placed()),
    }  # fmt: skip


def text() -> str:
    """Return the file."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text())
