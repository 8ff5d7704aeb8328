"""Every task has its queue, and gets there whoever rings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
from celery import Task

from lucidpay import doorbell
from lucidpay.api.throttling import redis_client
from lucidpay.beat import Scheduler
from lucidpay.celery import app
from lucidpay.health import workers_health
from lucidpay.services import HOUSEKEEPING, HOUSEKEEPING_QUEUE, QUEUES, SERVICES, service_of
from lucidpay.workers import queue_depths, worker_alive, workers_alive
from tests.waiting import until

# Word for word what the contract promises.
SIX = {
    "tron-client", "wallet-manager", "usdt-manager", "payout-router", "payment-gateway",
    "trx-staking",
}  # fmt: skip
OF = {
    "tron.scan": "tron-client",
    "tron.look": "tron-client",
    "tron.broadcast": "tron-client",
    "wallets.open": "wallet-manager",
    "wallets.backup": "wallet-manager",
    "wallets.alert": "wallet-manager",
    "wallets.book_flows": "wallet-manager",
    "wallets.reconcile": "usdt-manager",
    "wallets.look": "trx-staking",
    "payouts.sign": "payout-router",
    "payouts.settle": "payout-router",
    "payouts.fold_tallies": "payout-router",
    "payouts.release": "payout-router",
    "payouts.complete_batches": "payout-router",
    "payouts.want_energy": "payout-router",
    "staking.rebalance": "trx-staking",
    "webhooks.place": "payment-gateway",
    "webhooks.deliver": "payment-gateway",
    "webhooks.tell": "payment-gateway",
    "gateway.settle_sweeps": "payment-gateway",
    "gateway.sweep": "wallet-manager",
}


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    redis_client().flushdb()
    yield
    redis_client().flushdb()


@pytest.fixture(scope="module")
def ours() -> list[Task]:
    """All tasks of ours that a worker knows."""
    script = (
        "from lucidpay.celery import app; app.loader.import_default_modules();"
        "print(*(f'{task.__module__}:{name}' for name, task in app.tasks.items()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    known = sorted(word.split(":") for word in done.stdout.split() if ":celery." not in word)
    for module, _ in known:
        import_module(module)
    return [app.tasks[name] for _, name in known]


@pytest.mark.contract("C-SVC-1")
def test_there_are_six_and_their_queues_have_their_names() -> None:
    assert set(SERVICES) == SIX
    assert set(app.amqp.queues) == set(QUEUES) == SIX | {HOUSEKEEPING_QUEUE}


@pytest.mark.contract("C-SVC-1")
def test_every_task_has_a_service_or_keeps_house(ours: list[Task]) -> None:
    names = {task.name for task in ours}
    assert {"tron.scan", "payouts.sign", "retention.sweep"} <= names
    nobodys = {name for name in names if service_of(name) is None}
    assert nobodys == set(HOUSEKEEPING)


@pytest.mark.parametrize("task", OF)
def test_a_task_belongs_to_one_service(task: str) -> None:
    assert service_of(task) == OF[task]
    assert app.amqp.router.route({}, task)["queue"].name == OF[task]


@pytest.mark.contract("C-SVC-1")
def test_a_ring_lands_in_its_queue_and_in_no_other(ours: list[Task]) -> None:
    for task in ours:
        before = queue_depths()
        doorbell.ring(task)
        after = queue_depths()
        queue = service_of(task.name) or HOUSEKEEPING_QUEUE
        grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert grown == {queue: 1}, task.name


def test_a_ring_on_commit_lands_there_too(ours: list[Task]) -> None:
    (sign,) = (task for task in ours if task.name == "payouts.sign")
    doorbell._bell.ask(sign)
    until("it has rung", lambda: queue_depths()["payout-router"] == 1)


@pytest.mark.contract("C-SVC-1")
@pytest.mark.django_db(transaction=True)
def test_what_beat_rings_lands_in_its_queue() -> None:
    beat = Scheduler(app=app)
    for entry in beat._doorbells.values():
        beat.apply_async(entry, advance=False)
    wanted = dict.fromkeys(QUEUES, 0)
    for entry in app.conf.beat_schedule.values():
        wanted[service_of(entry["task"]) or HOUSEKEEPING_QUEUE] += 1
    assert queue_depths() == wanted
    assert workers_health()["queue_depth"] == len(app.conf.beat_schedule)


@pytest.mark.parametrize("option", ["-Q", "-X"])
def test_a_worker_that_is_told_of_a_queue_nobody_knows_does_not_start(option: str) -> None:
    command = [sys.executable, "-m", "celery", "-A", "lucidpay.celery:app", "worker"]
    done = subprocess.run(
        [*command, "-c", "1", option, "lucidpay,payout-ruoter"],
        env={**os.environ}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "payout-ruoter" in done.stdout + done.stderr


def test_a_worker_is_known_with_the_queues_it_serves_until_it_is_silent() -> None:
    worker_alive("a@host", ["tron-client", "lucidpay"])
    worker_alive("b@host", QUEUES)
    redis_client().zadd("lucidpay:workers", {"silent@host": 1, "old@host": 2})
    redis_client().hset("lucidpay:workers:queues", "silent@host", "tron-client")
    assert workers_alive() == {
        "a@host": frozenset({"tron-client", "lucidpay"}),
        "b@host": frozenset(QUEUES),
    }
    assert redis_client().hkeys("lucidpay:workers:queues") == [b"a@host", b"b@host"]
    redis_client().zadd("lucidpay:workers", {"of before@host": 10**11})
    assert workers_alive()["of before@host"] == frozenset()


@pytest.mark.slow
def test_a_worker_tells_which_queues_it_serves() -> None:
    command = [sys.executable, "-m", "celery", "-A", "lucidpay.celery:app", "worker", "-c", "1"]
    with (
        subprocess.Popen([*command, "-n", "all@host"]) as everything,
        subprocess.Popen([*command, "-n", "some@host", "-Q", "tron-client,lucidpay"]) as some,
        subprocess.Popen([*command, "-n", "most@host", "-X", "payment-gateway"]) as most,
    ):
        try:
            until("all are known", lambda: len(workers_alive()) == 3)
            assert workers_alive() == {
                "most@host": frozenset(QUEUES) - {"payment-gateway"},
                "all@host": frozenset(QUEUES),
                "some@host": frozenset({"tron-client", "lucidpay"}),
            }
        finally:
            everything.kill()
            some.kill()
            most.kill()


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_tells_its_long_tasks() -> None:
    command = [sys.executable, "-m", "celery", "-A", "lucidpay.celery:app", "worker", "-c", "1"]
    with subprocess.Popen([*command, "-n", "stops@host", "-Q", "usdt-manager"]) as worker:
        try:
            until("it is known", workers_alive)
            assert redis_client().keys("lucidpay:workers:leaving:*") == []
            worker.terminate()
            assert worker.wait(60) == 0
        finally:
            worker.kill()
    assert len(redis_client().keys("lucidpay:workers:leaving:*")) == 1
