"""The processes of a demo, beside the embedded servers."""

from lucidpay.demo.children import Child, Children
from lucidpay.demo.environments import Environments
from lucidpay.demo.plan import Plan

STOP_ORDER = ("web", "beat", "webhooks", "worker", "node")
BLOCK_MS, SOLID_LAG = 1000, 18
WORKERS = 2
SENDERS = 2  # one sends, for minutes where a receiver is slow; the other gives events their places
WEBHOOKS = "payment-gateway"


def node_start(plan: Plan, children: Children, environments: Environments) -> Child:
    """Start the sandbox node: a block a second, so a payment is solid in about 20 s."""
    words = f"-m tron.sandbox --port {plan.node_port} --block-ms {BLOCK_MS}"
    words += f" --solid-lag {SOLID_LAG} --data"
    return children.start(
        "node", [*words.split(), str(plan.directory / "node")], environments.plain()
    )


def web_start(plan: Plan, children: Children, environments: Environments) -> Child:
    """Start the web server; it can seal keys and open none."""
    words = "-m granian --interface wsgi lucidpay.wsgi:application --host 127.0.0.1"
    words += f" --port {plan.port} --workers {plan.web_workers} --blocking-threads 16"
    words += " --respawn-failed-workers --no-ws"
    return children.start("web", words.split(), environments.web())


def workers_start(plan: Plan, children: Children, environments: Environments) -> None:
    """Start the workers, which alone can open what is sealed, and beat, which rings them.

    Webhooks have one of their own: requests that wait for receivers must not take the processes
    that payouts need, and who talks to strangers needs no key of a wallet.
    """
    celery = ["-m", "celery", "-A", "lucidpay.celery:app"]
    worker = [*celery, "worker", "-c", str(WORKERS), "-n", "demo@%h", "-X", WEBHOOKS]
    children.start("worker", worker, environments.worker())
    sender = [*celery, "worker", "-c", str(SENDERS), "-n", "webhooks@%h", "-Q", WEBHOOKS]
    children.start("webhooks", sender, environments.sender())
    schedule = str(plan.directory / "beat-schedule")
    children.start("beat", [*celery, "beat", "-s", schedule], environments.plain())


def seed_start(
    plan: Plan, children: Children, environments: Environments, *, password: str, tokens: list[str]
) -> Child:
    """Start the process that migrates and seeds (``lucidpay/demo/seed``)."""
    control_url = "" if plan.is_elsewhere else plan.control_url
    environment = environments.plain(
        LUCIDPAY_DEMO_PASSWORD=password,
        LUCIDPAY_DEMO_KEYS=" ".join(tokens),
        LUCIDPAY_DEMO_CONTROL_URL=control_url,
    )
    return children.start("setup", ["-m", "lucidpay.demo.seed"], environment, talks=True)
