"""Processes of a platform, forked from one that has imported everything and done nothing yet.

To import Django, Celery and the platform takes seconds of a processor, for each process anew. A
nursery takes them once. It has no connection and no thread, so that whom it forks is what
``python -m MODULE`` would be: a process of its own session, which can be killed with its children.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
# Not by the Celery app itself: that also runs the checks, which ask the database.
LOADED = (
    "access.commands",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "django.core.management.commands.shell",
    "django_celery_beat.schedulers",
    "gateway.tasks",
    "kombu.transport.redis",
    "lucidpay.retention",
    "lucidpay.service.pool",
    "lucidpay.urls",
    "payouts.tasks",
    "staking.tasks",
    "tron.tasks",
    "wallets.tasks",
    "webhooks.tasks",
)
# What these make when they are imported belongs to one worker.
OWN = ("lucidpay.leaving", "tron.request_times")
READS, APPENDS = os.O_RDONLY, os.O_WRONLY | os.O_APPEND | os.O_CREAT
PAUSE_S = 0.02
END_S = 60


class Child:
    """A process that a nursery has forked; asked like a ``subprocess.Popen``."""

    def __init__(self, nursery: "Nursery", pid: int, args: list[str]) -> None:
        self._nursery, self.pid, self.args = nursery, pid, args
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, nothing while it runs; until then its pid is nobody else's."""
        self._nursery.look(self)
        return self.returncode

    def wait(self, timeout: float = END_S) -> int:
        """Return how it ended when it has."""
        until(f"{self.args} ends", lambda: self.poll() is not None,
              deadline_s=timeout, pause_s=PAUSE_S)  # fmt: skip
        assert self.returncode is not None
        return self.returncode


class Nursery:
    """Forks processes that live in one environment; it ends with whoever has started it."""

    def __init__(self, env: Mapping[str, str], log: Path, tree: Path = ROOT) -> None:
        self.env, self.log, self.tree = dict(env), log, tree
        # One question at a time, and none is left half asked when Ctrl-C interrupts who asks.
        self._asking = ThreadPoolExecutor(1)
        self._children: list[Child] = []
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.platform.nursery"], cwd=tree, env=self.env,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                start_new_session=True,
            )  # fmt: skip

    def fork(self, words: list[str], files: tuple[str, str, str]) -> Child:
        """Do what ``python -m WORDS`` does: it reads the first file, and adds to the others."""
        return self._asking.submit(self._fork, words, files).result()

    def look(self, child: Child) -> None:
        """Let a child know whether it has ended."""
        if child.returncode is None:
            self._asking.submit(self._look, child).result()

    def close(self) -> None:
        """End it, and those of its children that nobody has ended."""
        for child in self._children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._asking.shutdown()
        self._process.communicate()

    def _fork(self, words: list[str], files: tuple[str, str, str]) -> Child:
        self._children.append(Child(self, self._ask(words=words, files=files), words))
        return self._children[-1]

    def _look(self, child: Child) -> None:
        if child.returncode is None:
            child.returncode = self._ask(ended=child.pid)

    def _ask(self, **question: Any) -> Any:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # its log says why
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, f"the nursery has died: {self.log.read_text()}"
        return json.loads(answer)


def main() -> None:
    """Load everything and answer until nobody can ask any more; a child goes on as its module."""
    questions, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed is no answer
    _load()
    for line in questions:
        question = json.loads(line)
        if "ended" in question:
            _tell(answers, _ended(question["ended"]))
        elif os.fork() == 0:
            os.setsid()
            _tell(answers, os.getpid())
            questions.close()
            answers.close()
            _become(**question)
            return


def _load() -> None:
    import django

    django.setup()
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # or each child would look through all of it, and so copy it
    assert threading.active_count() == 1
    held = psutil.Process().net_connections("all")
    assert held == [], held


def _tell(answers: IO[str], answer: Any) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _ended(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _become(words: list[str], files: list[str]) -> None:
    """Be a process that was just started."""
    for number, (path, flags) in enumerate(zip(files, (READS, APPENDS, APPENDS), strict=True)):
        descriptor = os.open(path, flags, 0o644)
        os.dup2(descriptor, number)
        os.close(descriptor)
    for name in OWN:
        importlib.reload(sys.modules[name])
    sys.argv = list(words)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
