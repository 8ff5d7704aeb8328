"""What this demo is to be: directory, ports and network, read from the environment once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lucidpay.demo.errors import BadSetting

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = "sandbox"


@dataclass(frozen=True)
class Plan:
    """Where everything is."""

    directory: Path
    env_file: Path
    port: int
    node_port: int
    web_workers: int
    network: str
    nodes: str
    """Comma-separated, as the platform reads it; empty: the network's public ones."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def node_url(self) -> str:
        return f"http://127.0.0.1:{self.node_port}"

    @property
    def control_url(self) -> str:
        return f"{self.node_url}/sandbox"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def is_elsewhere(self) -> bool:
        """Whether the platform works on another chain than the sandbox this demo runs."""
        return self.network != SANDBOX or self.nodes != self.node_url


def plan_of(environ: Mapping[str, str]) -> Plan:
    """Return the plan, or raise ``BadSetting``.

    Another network gets a directory of its own: books and wallets of two chains never mix.
    """
    port = _number(environ, "PORT", 8080, high=65_535)
    node_port = _number(environ, "NODE_PORT", 9090, high=65_535)
    if port == node_port:
        raise BadSetting(f"PORT and NODE_PORT are both {port}; give them different numbers.")
    network = environ.get("TRON_NETWORK", "").strip() or SANDBOX
    if not network.isalnum():
        raise BadSetting(f"TRON_NETWORK={network} is not the name of a network.")
    own_node = f"http://127.0.0.1:{node_port}" if network == SANDBOX else ""
    home = Path(environ.get("LUCIDPAY_DEMO_DIR") or ROOT / ".lucidpay" / "demo").absolute()
    return Plan(
        directory=home if network == SANDBOX else home.with_name(f"{home.name}-{network}"),
        env_file=home.with_name(f"{home.name}.env"),
        port=port,
        node_port=node_port,
        web_workers=_number(environ, "WEB_WORKERS", 2, high=64),
        network=network,
        nodes=environ.get("TRON_NODES", "").strip() or own_node,
    )


def _number(environ: Mapping[str, str], name: str, default: int, *, high: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= high:
        raise BadSetting(f"{name}={text} is not a number from 1 to {high}.")
    return int(text)
