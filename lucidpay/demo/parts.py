"""The processes of a demo, beside the embedded servers."""

from lucidpay.demo.children import Child, Children
from lucidpay.demo.environments import Environments
from lucidpay.demo.plan import Plan

HERE = "127.0.0.1"
STOP_ORDER = ("web", "beat", "webhooks", "worker", "node")
BLOCK_MS, SOLID_LAG = 1000, 18


def node_start(plan: Plan, children: Children, environments: Environments) -> Child:
    """Start the sandbox node: a block a second, so a payment is solid in about 20 s."""
    role = _role("sandbox", "--block-ms", str(BLOCK_MS), "--solid-lag", str(SOLID_LAG))
    environment = environments.plain(NODE_DATA=str(plan.directory / "node"), NODE_ADDRESS=HERE)
    return children.start("node", role, environment)


def web_start(plan: Plan, children: Children, environments: Environments) -> Child:
    """Start the web server; it can seal keys and open none."""
    where = {"WEB_ADDRESS": HERE, "PORT": str(plan.port), "WEB_WORKERS": str(plan.web_workers)}
    return children.start("web", _role("web"), environments.web() | where)


def workers_start(plan: Plan, children: Children, environments: Environments) -> None:
    """Start the workers, which alone can open what is sealed, and beat, which rings them.

    Webhooks have one of their own: requests that wait for receivers must not take the processes
    that payouts need, and who talks to strangers needs no key of a wallet.
    """
    children.start("worker", _role("worker"), environments.worker())
    children.start("webhooks", _role("sender"), environments.sender())
    schedule = str(plan.directory / "beat-schedule")
    children.start("beat", _role("beat", "-s", schedule), environments.plain())


def _role(name: str, *more: str) -> list[str]:
    return ["-m", "lucidpay.run", name, *more]


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
