"""``docker/compose.yml`` as Docker would read it: variables filled in, anchors resolved."""

import re
from typing import Any

import yaml

from tests.platform.running import ROOT

COMPOSE = ROOT / "docker" / "compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def composed(**variables: str) -> dict[str, Any]:
    """Return the composition with these variables; one that it demands must be given."""

    def value(match: re.Match[str]) -> str:
        name, sign, default = match.groups()
        if name not in variables and sign != "-":
            raise KeyError(name)
        return variables.get(name) or default or ""

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [filled(inner) for inner in part]
        return VARIABLE.sub(value, part) if isinstance(part, str) else part

    return dict(filled(yaml.safe_load(COMPOSE.read_text())))


def ours(**variables: str) -> dict[str, dict[str, Any]]:
    """Return the services that run our image."""
    services = composed(**variables)["services"]
    return {name: one for name, one in services.items() if one["image"] == "lucidpay"}
