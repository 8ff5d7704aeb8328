"""What each role runs, as words for Python. Counts come from the environment."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lucidpay.settings import env

MANAGE = str(Path(__file__).resolve().parents[2] / "manage.py")
CELERY = ("-m", "celery", "-A", "lucidpay.celery:app")
WEBHOOKS = "payment-gateway"  # their queue: who sends them talks to strangers, and signs nothing
# How workers are called before their machine's name; health looks for them by it.
PAY, HOOKS = "pay", "hooks"
PROCESSES_MAX = 256


@dataclass(frozen=True)
class Role:
    """One kind of process."""

    words: Callable[[], list[str]]
    does: str


def port() -> int:
    """Return the port of the web."""
    return env.number("PORT", 8080, low=1, high=65_535)


def _web() -> list[str]:
    count = env.number("WEB_WORKERS", 2, low=1, high=PROCESSES_MAX)
    threads = env.number("WEB_THREADS", 16, low=1, high=1_000)
    words = "-m granian --interface wsgi lucidpay.wsgi:application --no-ws"
    words += f" --host {env.text('WEB_ADDRESS', '127.0.0.1')} --port {port()}"
    # A process that dies comes back: the others would go on alone until all are gone.
    words += f" --workers {count} --blocking-threads {threads} --respawn-failed-workers"
    return words.split()


def _celery_worker(name: str, *queues: str) -> list[str]:
    count = env.number("WORKER_PROCESSES", 2, low=1, high=PROCESSES_MAX)
    return [*CELERY, "worker", "-c", str(count), "-n", f"{name}@%h", *queues]


def _sandbox() -> list[str]:
    words = f"-m tron.sandbox --host {env.text('NODE_ADDRESS', '127.0.0.1')}"
    words += f" --port {env.number('NODE_PORT', 9090, low=1, high=65_535)} --data"
    return [*words.split(), env.required("NODE_DATA", "Name the folder of the chain.")]


ROLES = {
    "web": Role(_web, "answer HTTP"),
    "worker": Role(
        lambda: _celery_worker(PAY, "-X", WEBHOOKS), "sign, send, confirm, book; any number"
    ),
    "sender": Role(lambda: _celery_worker(HOOKS, "-Q", WEBHOOKS), "send webhooks; any number"),
    "beat": Role(lambda: [*CELERY, "beat"], "ring the doorbells; one"),
    "sandbox": Role(_sandbox, "be a TRON node of which the coins are worth nothing"),
    "migrate": Role(lambda: [MANAGE, "migrate", "--noinput"], "update the database, and end"),
    "manage": Role(lambda: [MANAGE], "run a command of manage.py, and end"),
}
