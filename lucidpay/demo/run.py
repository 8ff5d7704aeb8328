"""The demo from its first step to its last."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lucidpay.demo.children import Children, leftovers_stop
from lucidpay.demo.environments import INBOUND, Environments, environments_of
from lucidpay.demo.errors import AlreadyRunning
from lucidpay.demo.guide import guide_show, path_shown
from lucidpay.demo.http import Refused
from lucidpay.demo.orders import Api, Following, payouts_order
from lucidpay.demo.parts import STOP_ORDER, node_start, seed_start, web_start, workers_start
from lucidpay.demo.plan import Plan
from lucidpay.demo.ports import ports_check
from lucidpay.demo.purchase import ENDED, Purchase, purchase_make
from lucidpay.demo.ready import node_await, platform_await, servers_check
from lucidpay.demo.screen import Screen
from lucidpay.demo.seeding import Seeding
from lucidpay.demo.signals import Desk, Stopped
from lucidpay.demo.tokens import HotWallet, demo_env_write, kept_of
from lucidpay.embedded import servers
from lucidpay.embedded.locks import lock_take
from lucidpay.embedded.places import directory_make

MIGRATE_S, SEED_S, WALLET_S, FUND_S = 180.0, 60.0, 90.0, 90.0
PAYOUTS_S = PAYMENT_S = 120.0
POLL_S, WATCH_S = 0.5, 1.0


@dataclass(frozen=True)
class Stage:
    """What the steps share."""

    plan: Plan
    screen: Screen
    children: Children
    environments: Environments


@dataclass(frozen=True)
class Running:
    """What a running demo is used with."""

    api: Api
    password: str
    hot_address: str


def demo_run(plan: Plan, screen: Screen, desk: Desk) -> None:
    """Run the demo until somebody stops it; then nothing it started is left.

    Raises ``Stopped`` when that happens before everything runs, ``DemoError`` and
    ``EmbeddedError`` when it cannot go on.
    """
    screen.title("LucidPay", "USDT payouts on TRON, all of it on this machine.")
    directory_make(plan.directory)
    with ExitStack() as stack:
        stack.enter_context(_alone(plan.directory))
        _leftovers(plan, screen)
        ports_check(plan)
        with screen.step("PostgreSQL and Valkey"):
            found = stack.enter_context(servers(plan.directory))
        children = Children(plan.directory, plan.logs, desk)
        stack.callback(children.stop, STOP_ORDER)
        # From here on nothing interrupts the end: it runs before the stop above.
        stack.callback(_farewell, screen, desk)
        stage = Stage(plan, screen, children, environments_of(plan, found))
        running = _bring_up(stage)
        with suppress(Stopped):
            page = "" if plan.is_elsewhere else _show(stage, running.api)
            guide_show(
                plan, screen, password=running.password, hot_address=running.hot_address, page=page
            )
            _stay(stage, desk)


def _bring_up(stage: Stage) -> Running:
    plan, screen, children, environments = (
        stage.plan, stage.screen, stage.children, stage.environments,
    )  # fmt: skip
    kept = kept_of(plan)
    node_start(plan, children, environments)
    seeder = seed_start(plan, children, environments, password=kept.password, tokens=kept.tokens)
    seeding = Seeding(seeder, children)
    with screen.step("Sandbox node") as step:
        node_await(plan, children)
        step.note = plan.node_url
    with screen.step("Database migrated"):
        seeding.wait("migrated", limit_s=MIGRATE_S)
    web_start(plan, children, environments)
    workers_start(plan, children, environments)
    with screen.step("Users, roles and API keys"):
        seeded = seeding.wait("seeded", limit_s=SEED_S)
    with screen.step("Web, worker and beat") as step:
        platform_await(plan, children)
        step.note = plan.url
    hot = _hot_wallet(stage, seeding)
    children.forget(seeder)
    demo_env_write(
        plan,
        tokens=seeded["tokens"],
        password=kept.password,
        usdt_contract=seeded["usdt_contract"],
        hot=hot,
        inbound_secret=environments.base[INBOUND],
    )
    return Running(Api(plan.url, seeded["tokens"]["operator"]), kept.password, hot.address)


def _hot_wallet(stage: Stage, seeding: Seeding) -> HotWallet:
    with stage.screen.step("Hot wallet") as step:
        told = seeding.wait("wallet", limit_s=WALLET_S)
        hot = HotWallet(str(told["address"]), str(told["id"]))
        step.note = hot.address
        if not stage.plan.is_elsewhere:
            funds = seeding.wait("funded", limit_s=FUND_S)
            step.note = f"{Decimal(funds['usdt']):,} USDT, {Decimal(funds['trx']):,} TRX"
    return hot


def _show(stage: Stage, api: Api) -> str:
    """Pay a few people and take a payment meanwhile; return its page, if it got that far."""
    stage.screen.say()
    purchase = _purchase(stage, api)
    _pay(stage, api)
    if purchase is None:
        return ""
    _await_payee(stage, api, purchase)
    return purchase.page


def _purchase(stage: Stage, api: Api) -> Purchase | None:
    try:
        return purchase_make(api, stage.plan)
    except (Refused, OSError) as error:
        stage.screen.error("The demo's payment could not be made.", str(error))
        return None


def _await_payee(stage: Stage, api: Api, purchase: Purchase) -> None:
    with stage.screen.step("A payment, taken") as step:
        end_s, status = time.monotonic() + PAYMENT_S, ""
        while status not in ENDED and time.monotonic() < end_s:
            stage.children.check()
            time.sleep(POLL_S)
            with suppress(Refused, OSError):
                status = purchase.status(api)
        step.note = purchase.summary() if status == "completed" else f"it is {status}"


def _pay(stage: Stage, api: Api) -> None:
    """Pay a few people and show it. What goes wrong here is said; the demo stays up."""
    try:
        following = Following(api, payouts_order(api), node_url=stage.plan.node_url)
        with stage.screen.payouts(following) as view:
            while not following.is_over and following.elapsed_s < PAYOUTS_S:
                stage.children.check()
                following.look()
                view.update()
                time.sleep(POLL_S)
    except (Refused, OSError) as error:
        stage.screen.error("The demo's payouts could not be made or followed.", str(error))
        return
    stage.screen.say()
    if following.is_over:
        stage.screen.say(following.summary())
    else:
        worker_log = path_shown(stage.plan.logs / "worker.log")
        said = f"The payouts are not final after {PAYOUTS_S:g} s. See {worker_log}"
        stage.screen.error(said)


def _stay(stage: Stage, desk: Desk) -> None:
    while True:
        desk.check()
        stage.children.check()
        servers_check(stage.plan)
        time.sleep(WATCH_S)


def _leftovers(plan: Plan, screen: Screen) -> None:
    if count := leftovers_stop(plan.directory):
        screen.say(f"Stopped {count} processes that a killed demo had left.", "yellow")


def _farewell(screen: Screen, desk: Desk) -> None:
    desk.close()
    screen.say()
    screen.say("Stopping …" if screen.is_lively else "Stopping", "dim")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, or raise ``AlreadyRunning``. The kernel drops it with us."""
    path = directory / "demo.lock"
    descriptor = lock_take(path, fcntl.LOCK_EX)
    if descriptor is None:
        holder = path.read_text().strip()
        raise AlreadyRunning(
            f"A demo is running here already (process {holder}). Stop it with Ctrl-C in its "
            f"terminal, or with: kill {holder}"
        )
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
