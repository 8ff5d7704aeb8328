"""`POST /restart/{service_name}` on real workers: other processes, and payouts go on."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import redis

from lucidpay.celery import GARBAGE_LOOK_OBJECTS
from lucidpay.services import QUEUES
from tests.platform.checks import assert_each_paid_once
from tests.platform.people import somebody
from tests.platform.running import Answer, Platform, http, platform
from tests.waiting import until

pytestmark = pytest.mark.slow

PAYOUTS = "/api/payment/payouts"
ADMIN = """
from tests import builders
admin = builders.user("admin", username="olga")
print(builders.token(admin))
"""
OPEN = "SELECT count(*) FROM payouts_payout WHERE status IN ('pending', 'processing')"
RING = (
    "from lucidpay.celery import app;"
    " [app.send_task('payouts.tell_hooks', expires=60) for _ in range(20)]"
)
STAKING_ONLY = ("-Q", "trx-staking,lucidpay")
ALL_BUT_STAKING = ("-Q", ",".join(name for name in QUEUES if name not in STAKING_ONLY[1]))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give a platform with two workers: one serves all but staking, the other staking alone."""
    with platform(tmp_path_factory.mktemp("restart")) as whole:
        whole.start_beat()
        for name, queues in (("paying", ALL_BUT_STAKING), ("staking", STAKING_ONLY)):
            whole.start(name, sys.executable, "-m", "tests.platform.telling", name, *queues)
        whole.start_web()
        until(
            "both are known",
            lambda: serving(whole, "trx-staking") and serving(whole, "tron-client"),
        )
        yield whole


@pytest.fixture(scope="module")
def admin(running: Platform) -> str:
    """The token of somebody who may restart."""
    return running.manage("shell", "-v", "0", "-c", ADMIN).split()[-1]


def services(running: Platform) -> dict[str, Any]:
    return dict(running.api("GET", "/status").body["services"])


def serving(running: Platform, service: str) -> list[str]:
    return list(services(running)[service]["workers"]["names"])


def restart(running: Platform, service: str, token: str, **headers: str) -> Answer:
    url = f"http://127.0.0.1:{running.web_port}/restart/{service}"
    return http("POST", url, {}, token, **headers)


def pool(running: Platform, name: str) -> set[int]:
    return {child.pid for child in psutil.Process(running.children[name].pid).children()}


def until_replaced(running: Platform, name: str, before: set[int]) -> set[int]:
    def other() -> set[int]:
        now = pool(running, name)
        return now if len(now) == len(before) and not now & before else set()

    return until(f"the pool of {name} is another one", other)


def ask(running: Platform) -> str:
    body = {"recipient_address": somebody(), "amount_usdt": 1, "reason": "restart"}
    made = running.api("POST", PAYOUTS, body)
    assert made.status == 201, made.body
    return f"{PAYOUTS}/{made.body['payout_id']}"


def until_confirmed(running: Platform, path: str) -> None:
    until("it is confirmed", lambda: running.api("GET", path).body["status"] == "confirmed")


def told_hooks(running: Platform, pids: set[int]) -> dict[int, dict[str, Any]]:
    """Ring until each process of a pool has told of its hooks."""

    def told() -> dict[int, dict[str, Any]]:
        running.manage("shell", "-v", "0", "-c", RING)
        lines = (running.directory / "paying.log").read_text().splitlines()
        found = [json.loads(line) for line in lines if '"hooks_told"' in line]
        by_pid = {line["pid"]: line for line in found if line["pid"] in pids}
        return by_pid if set(by_pid) == pids else {}

    return until("each process has told of its hooks", told)


@pytest.mark.contract("C-SVC-7")
def test_the_pool_is_replaced_and_payouts_are_confirmed_afterwards(
    running: Platform, admin: str
) -> None:
    before, others = pool(running, "paying"), pool(running, "staking")
    assert len(before) == 2
    under_way = [ask(running) for _ in range(20)]
    answer = restart(running, "payout-router", admin)
    assert answer.status == 202, answer.body
    assert answer.body["service"] == "payout-router"
    assert answer.body["workers"] == [
        {"worker": "paying@test", "asked": "pool_replace", "said": "replacing 2 processes"}
    ]
    after = until_replaced(running, "paying", before)
    path = ask(running)
    until_confirmed(running, path)
    until("what was under way is done", lambda: running.one(OPEN) == 0)
    for one in under_way:
        until_confirmed(running, one)
    assert_each_paid_once(running, expected=21)
    assert pool(running, "paying") == after
    assert pool(running, "staking") == others  # it serves another queue


@pytest.mark.contract("C-SVC-7")
def test_the_new_processes_start_as_the_first_did(running: Platform, admin: str) -> None:
    before = pool(running, "paying")
    first = told_hooks(running, before)
    assert restart(running, "tron-client", admin).status == 202
    after = told_hooks(running, until_replaced(running, "paying", before))
    for told in (first, after):
        assert {one["row"] for one in told.values()} == {0, 1}  # no two count in one row
        assert {one["threshold"] for one in told.values()} == {GARBAGE_LOOK_OBJECTS}
        assert all(one["frozen"] > 100_000 for one in told.values())


@pytest.mark.contract("C-SVC-7")
def test_long_tasks_of_the_old_processes_are_told_and_of_no_other_worker(
    running: Platform, admin: str
) -> None:
    before = pool(running, "paying")
    assert restart(running, "payment-gateway", admin).status == 202
    with redis.Redis.from_url(running.env["REDIS_URL"]) as connection:
        keys = connection.keys("lucidpay:workers:leaving:*")
    after = told_hooks(running, until_replaced(running, "paying", before))
    own = {one["worker"] for one in after.values()}
    assert keys == [f"lucidpay:workers:leaving:{word}".encode() for word in own]


@pytest.mark.contract("C-SVC-7")
def test_however_often_it_is_restarted_no_process_is_lost(running: Platform, admin: str) -> None:
    for _ in range(3):
        before = pool(running, "paying")
        ask(running)
        assert restart(running, "payout-router", admin).status == 202
        until_replaced(running, "paying", before)
    path = ask(running)
    until_confirmed(running, path)
    told_hooks(running, pool(running, "paying"))  # each of them takes tasks


@pytest.mark.contract("C-SVC-7")
def test_a_pool_that_has_nothing_to_do_is_replaced_too_and_no_other(
    running: Platform, admin: str
) -> None:
    running.kill("beat")  # no task comes by that would wake a process
    paying = pool(running, "paying")
    for _ in range(3):
        before = pool(running, "staking")
        answer = restart(running, "trx-staking", admin)
        assert [one["worker"] for one in answer.body["workers"]] == ["staking@test"]
        until_replaced(running, "staking", before)
    assert pool(running, "paying") == paying
    running.start_beat()


@pytest.mark.contract("C-SVC-9")
def test_who_asked_and_what_was_said_is_kept(running: Platform, admin: str) -> None:
    request_id = {"X_Request_ID": "because of the leak"}
    before = pool(running, "paying")
    assert restart(running, "usdt-manager", admin, **request_id).status == 202
    until_replaced(running, "paying", before)
    [row] = running.rows(
        "SELECT service, by, asked, said, ended_at >= asked_at FROM lucidpay_servicerestart"
        " WHERE request_id = 'because of the leak'"
    )
    assert row == (
        "usdt-manager", "olga", ["paying@test"],
        {"paying@test": {"ok": "replacing 2 processes"}}, True,
    )  # fmt: skip
    trail = running.rows(
        "SELECT pgh_label, asked, said FROM lucidpay_servicerestartaudit"
        " WHERE request_id = 'because of the leak' ORDER BY pgh_id"
    )
    assert trail == [
        ("insert", ["paying@test"], {}),
        ("update", ["paying@test"], {"paying@test": {"ok": "replacing 2 processes"}}),
    ]


@pytest.mark.contract("C-SVC-10")
def test_nobody_else_restarts_and_nothing_happens(running: Platform) -> None:
    before = pool(running, "paying")
    rows = running.one("SELECT count(*) FROM lucidpay_servicerestart")
    answer = running.api("POST", "/restart/payout-router", {})  # with the operator's key
    assert (answer.status, answer.body["error"]["code"]) == (403, "LUCID_ERR_2010")
    assert running.one("SELECT count(*) FROM lucidpay_servicerestart") == rows
    assert pool(running, "paying") == before


# By whichever of them ended last.
SERVED = {"payout-router": ("payouts.",), "trx-staking": ("wallets.look", "staking.")}


@pytest.mark.contract("C-SVC-3")
def test_real_workers_tell_what_they_did_and_what_they_serve(running: Platform) -> None:
    until_confirmed(running, ask(running))
    told = services(running)
    assert {name: one["workers"]["names"] for name, one in told.items()} == {
        "tron-client": ["paying@test"], "wallet-manager": ["paying@test"],
        "usdt-manager": ["paying@test"], "payout-router": ["paying@test"],
        "payment-gateway": ["paying@test"], "trx-staking": ["staking@test"],
    }  # fmt: skip
    for name, tasks in SERVED.items():
        assert told[name]["last_success"]["task"].startswith(tasks)
        assert (told[name]["status"], told[name]["last_error"]) == ("healthy", None)


@pytest.mark.contract("C-SVC-8")
def test_with_the_worker_gone_it_is_a_conflict(running: Platform, admin: str) -> None:
    running.kill("staking")
    answer = restart(running, "trx-staking", admin)
    assert (answer.status, answer.body["error"]["code"]) == (409, "LUCID_ERR_1005")
    assert restart(running, "payout-router", admin).status == 202


def test_the_doctor_finds_nothing_wrong_with_a_platform_that_works(running: Platform) -> None:
    told = json.loads(running.manage("doctor", "--json"))  # which fails when something is wrong
    levels = {one["subject"]: one["level"] for one in told["checks"]}
    assert {levels[name] for name in ("postgres", "redis", "workers", "scanner")} == {"ok"}


@pytest.mark.contract("C-RID-1")
def test_what_a_call_rings_for_is_logged_under_the_calls_id(running: Platform, admin: str) -> None:
    """Without beat: the first wallets may still be met by a ring of its, the last by nobody's."""
    running.kill("beat")
    try:
        told = [opened_for(running, admin, name) for name in ("one", "two", "three")]
    finally:
        running.start_beat()
    assert told[-1]["request_id"] == "call-three"


def opened_for(running: Platform, admin: str, name: str) -> dict[str, Any]:
    """Have a wallet made, and return what the worker logs of it."""
    until("no ring waits", lambda: rings(running) == 0)
    made = running.api("POST", "/tron/wallets/create", {"name": name}, token=admin,
                       X_Request_ID=f"call-{name}")  # fmt: skip
    assert made.status in (201, 202), made.body

    def logged() -> dict[str, Any]:
        address = running.one("SELECT address FROM wallets_wallet WHERE name = %s", name)
        lines = (running.directory / "paying.log").read_text().splitlines()
        found = [json.loads(line) for line in lines if '"wallet_opened"' in line]
        return next((one for one in found if one["address"] == address), {})

    return until("it is opened", logged)


def rings(running: Platform) -> int:
    """Return how many rings for wallets wait; others' may have nobody here who hears them."""
    with redis.Redis.from_url(running.env["REDIS_URL"]) as client:
        return int(client.llen("lucidpay:wallet-manager"))  # type: ignore[arg-type]
