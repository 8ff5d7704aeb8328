"""Run the launcher as a user does, and look at what it left."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60.0
# The servers of the test run itself must not be mistaken for an outside server.
OWN = ("DATABASE_URL", "REDIS_URL")
# What a failing test leaves is ended with it (conftest.py).
SPAWNED: list[subprocess.Popen[str]] = []
CONNECT = """
import os, psycopg, redis
database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
store = redis.Redis.from_url(os.environ["REDIS_URL"])
"""


def environment(**extra: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OWN} | extra


def spawn(action: str, directory: Path, *words: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lucidpay.embedded", action, "--dir", str(directory), *words]
    options = {"env": environment(), "cwd": ROOT, "text": True} | options
    # A session of its own: away from the terminal the tests may run in, and easy to end whole.
    options["start_new_session"] = True
    process = subprocess.Popen(command, stdout=-1, stderr=-1, **options)
    SPAWNED.append(process)
    return process


def launch(
    action: str, directory: Path, *words: str, **options: Any
) -> subprocess.CompletedProcess[str]:
    process = spawn(action, directory, *words, **options)
    said, complaint = process.communicate(timeout=LIMIT_S)
    return subprocess.CompletedProcess(process.args, process.returncode, said, complaint)


def python(code: str) -> list[str]:
    return ["--", sys.executable, "-c", code]


def pids(directory: Path) -> dict[str, int]:
    """The process ids that ``status`` shows, by server."""
    lines = (line.split() for line in launch("status", directory).stdout.splitlines())
    return {words[0]: int(words[3]) for words in lines if words[1] == "running"}


def is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
