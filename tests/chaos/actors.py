"""Doing what the plan says: to the processes, to the servers, and to the chain."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from tests import local
from tests.chaos.faults import TRUE_VIEW
from tests.chaos.plan import ENERGY, KILLS, Act, Plan
from tests.platform.pooler import pooler_start
from tests.platform.running import Platform
from tests.waiting import until

SERVERS = ("postgres", "valkey")
PROCESSES = ("worker-1", "worker-2", "web", "beat", "staff")
# A wide platform has these, too: one more of each, and a second beat by mistake.
MORE = ("worker-3", "web-2", "beat-2")
LOOK_S = 0.5  # how often it is looked whether a process has ended by itself


@dataclass
class Actors:
    """What is done to one platform, and how much of it was done."""

    platform: Platform
    is_wide: bool = False
    kills: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    # Processes that ended though nobody killed them; they are started again, as by systemd.
    ended: Counter[str] = field(default_factory=Counter)
    late_s: float = 0.0
    _dead: set[str] = field(default_factory=set)

    def start_all(self) -> None:
        """Start web, workers and beat; return when all are at work."""
        if self.is_wide:
            pooler_start(self.platform)
            self.platform.web_ports["web-2"] = local.port_free()
        for name in self._processes():
            self._start(name)
        until("the web server answers", self.platform.web_answers)
        until("the workers are at work", self._workers_live)

    def _processes(self) -> tuple[str, ...]:
        return (*PROCESSES, *MORE) if self.is_wide else PROCESSES

    def _workers_live(self) -> bool:
        checks = self.platform.api("GET", "/api/payment/health").body["checks"]
        wanted = sum(name.startswith("worker") for name in self._processes())
        return bool(checks["workers"]["alive"] == wanted)

    def run(self, plan: Plan, start_s: float, stopped: Event) -> None:
        """Do every act of a plan at its time, one after the other."""
        for act in plan.acts:
            while (wait_s := start_s + act.at_s - time.monotonic()) > 0:
                if stopped.wait(min(wait_s, LOOK_S)):
                    return
                self.supervise()
            self.late_s = max(self.late_s, -wait_s)
            self._do(act)

    def heal(self) -> None:
        """End all faults, and start whatever does not run."""
        for name in (*SERVERS, "node", *self._processes()):
            if name in self._dead:
                self._start(name)
        self._count_hits()
        platform = self.platform
        platform.control("faults/clear")
        for face in "ab":
            platform.control("node", {"node": face, **TRUE_VIEW})
        platform.control("energy", ENERGY)
        platform.control("usdt", {"paused": False})
        platform.control("auto", {"block_ms": platform.block_ms})
        self.supervise()

    def supervise(self) -> None:
        """Start processes again that have ended by themselves."""
        for name, child in list(self.platform.children.items()):
            if child.poll() is not None:
                self.ended[name] += 1
                self._start(name)

    def _do(self, act: Act) -> None:
        self.done[act.kind] += 1
        if act.kind in KILLS:
            self._kill(act)
        elif act.kind == "start":
            self._start(act.what)
        elif act.kind == "flush":
            self.platform.flush_valkey()
        elif act.kind == "fault":
            self.injected[act.options["fault"]] += 1
            self.platform.control("faults", act.options)
        else:
            CONTROLS[act.kind](self.platform, act)

    def _kill(self, act: Act) -> None:
        self.kills["valkey, wiped" if act.kind == "wipe" else act.what] += 1
        if act.what == "node":
            self._count_hits()  # with the process goes its count
        if act.kind == "wipe":
            self.platform.wipe_valkey()
        elif act.what in SERVERS:
            self.platform.kill_server(act.what)
        else:
            self.platform.kill(act.what)
        self._dead.add(act.what)

    def _start(self, name: str) -> None:
        platform = self.platform
        if name in SERVERS:
            platform.start_servers()
        elif name == "node":
            platform.start_node()
        elif name.startswith("web"):
            platform.launch_web(name)
        elif name.startswith("beat"):
            platform.start_beat(name)
        elif name == "staff":
            platform.fork(name, "tests.chaos.staff")
        else:
            platform.start_worker(name)
        self._dead.discard(name)

    def _count_hits(self) -> None:
        for fault in self.platform.sandbox("faults")["faults"]:
            self.hit[fault["fault"]] += fault["hits"]


def _told(path: str) -> Callable[[Platform, Act], None]:
    return lambda platform, act: platform.control(path, act.options)


def _view(platform: Platform, act: Act) -> None:
    platform.control("node", {"node": act.what, **act.options})


def _go(platform: Platform, _: Act) -> None:
    platform.control("auto", {"block_ms": platform.block_ms})


def _inflow(platform: Platform, act: Act) -> None:
    platform.control("faucet", {"address": platform.hot, **act.options})


CONTROLS: dict[str, Callable[[Platform, Act], None]] = {
    "view": _view,
    "true": _view,
    "forget": _told("pool"),
    "reorg": _told("reorg"),
    "step": _told("step"),
    "still": _told("auto"),
    "go": _go,
    "pause": _told("usdt"),
    "unpause": _told("usdt"),
    "energy": _told("energy"),
    "cheap": _told("energy"),
    "inflow": _inflow,
}
