"""Alerts and dashboard ask for what the platform tells, and lead to what can be read."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.metrics import _Database
from lucidpay.worker_metrics import worker_registry
from lucidpay.workers import beat_alive
from tests.alerts import alert_rules, pairs
from tests.api.client import Api
from tests.api.test_health import _scanned

ROOT = Path(__file__).resolve().parents[2]
OURS = re.compile(r"\b(?:lucidpay|tron|django)_\w+")
LABELS = re.compile(
    r"(?:[{,]\s*(\w+)\s*[=!]~?\"|(?:by|without) \(([\w, ]+)\)|\{\{(?:\s*\$labels\.)?(\w+)\s*\}\})"
)
OF_PROMETHEUS = {"instance", "job", "le"}
MONEY = ("lucidpay_", "tron_")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


ALERTS = alert_rules()
DASHBOARD = SimpleNamespace(**runpy.run_path(str(ROOT / "docker/grafana/dashboard.py")))


def asked() -> Iterator[tuple[str, str]]:
    """Yield every question, with the words that are put beside its answer."""
    for rule in ALERTS:
        yield rule["expr"], " ".join(rule["annotations"].values())
    for panel in DASHBOARD.placed():
        for target in panel.get("targets", ()):
            yield target["expr"], target["legendFormat"]
    for expr in re.findall(r"```promql\n(.*?)```", (ROOT / "docs/slo.md").read_text(), re.S):
        yield expr, ""


@pytest.fixture
def told(db: None) -> dict[str, set[str]]:
    """Return the names that web and worker tell, each with its labels."""
    redis_client().flushdb()
    _scanned()
    beat_alive()
    Api().get("/api/payment/health")
    pages = (Api().get("/api/payment/metrics").text, generate_latest(worker_registry()).decode())
    kinds = {
        family.name: family.type
        for page in pages
        for family in text_string_to_metric_families(page)
    }
    names = {family + suffix for family, kind in kinds.items() for suffix in SUFFIXES.get(kind, ())}
    labelled = {one.name: labels_of(one) for one in (*_Database(utc_now()).collect(),
                                                     *worker_registry().collect())}  # fmt: skip
    for name in names:
        if name.startswith("django_"):
            labelled[name] = set(REGISTRY._names_to_collectors[name]._labelnames)
    return {name: labelled.get(name, labelled.get(base(name), set())) for name in names}


def base(name: str) -> str:
    return re.sub("_(total|bucket|sum|count)$", "", name)


def labels_of(family: Metric) -> set[str]:
    return set(family._labelnames)  # type: ignore[attr-defined]


def test_they_ask_for_what_is_told_and_by_its_labels(told: dict[str, set[str]]) -> None:
    assert {"lucidpay_halts_open", "tron_node_request_seconds_bucket"} <= told.keys()
    for expr, words in asked():
        names = set(OURS.findall(expr))
        assert names <= told.keys(), names - told.keys()
        known = set().union(OF_PROMETHEUS, *(told[name] for name in names))
        used = {
            label
            for found in LABELS.findall(expr + words)
            for label in re.findall(r"\w+", " ".join(found))
        }
        assert used <= known, (expr, used - known)
        assert names or expr.startswith("up{")


def test_whatever_the_platform_tells_of_money_and_chain_is_shown(told: dict[str, set[str]]) -> None:
    shown = {base(name) for expr, _ in asked() for name in OURS.findall(expr)}
    of_little_use = {
        "lucidpay_node_head_block", "lucidpay_node_solid_block", "lucidpay_node_latency_seconds",
        "lucidpay_node_failures", "lucidpay_broadcast_answers_of_last_1000",
        "lucidpay_flows_unbooked",
    }  # fmt: skip
    ours = {base(name) for name in told if name.startswith(MONEY)}
    assert ours - shown == of_little_use


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_says_how_urgent_it_is_and_where_to_read_what_to_do(
    rule: dict[str, Any],
) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert all(rule["annotations"][key] for key in ("summary", "description", "runbook_url"))
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert anchor in anchors(page)


def test_each_alert_is_tried_with_what_it_fires_at_and_with_what_it_does_not() -> None:
    told = yaml.safe_load((ROOT / "docker/prometheus/alerts_test.yml").read_text())["tests"]
    tried = {
        (one["alertname"], bool(one["exp_alerts"]))
        for test in told
        for one in test["alert_rule_test"]
    }
    both = {name for name, fires in tried if fires and (name, False) in tried}
    paired = {name for name, pair in pairs().items() if pair["fires"] and pair["quiet"]}
    assert both | paired == {rule["alert"] for rule in ALERTS}


def test_no_two_alerts_have_one_name() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert sorted(names) == sorted(set(names))


def test_the_dashboard_is_what_its_module_writes() -> None:
    assert DASHBOARD.FILE.read_text() == DASHBOARD.text()


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.text())["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}  # fmt: skip
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_alert_of_the_objectives_exists() -> None:
    named = set(re.findall(r"^Alert: `(\w+)`", (ROOT / "docs/slo.md").read_text(), re.MULTILINE))
    assert len(named) == 4
    assert named <= {rule["alert"] for rule in ALERTS}
