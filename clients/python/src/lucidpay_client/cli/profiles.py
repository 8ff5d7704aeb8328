"""Where the platform is and with which key: the environment, then a profile of the file."""

import json
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

DEFAULT = "default"
KEY, URL, PROFILE = "LUCIDPAY_API_KEY", "LUCIDPAY_URL", "LUCIDPAY_PROFILE"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Place:
    """A platform, and what lets us in."""

    url: str
    api_key: str = field(repr=False)
    named: str
    """Where both were found, for people."""


def config_file(environ: Mapping[str, str]) -> Path:
    """Return where the profiles are kept."""
    home = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".config"
    return Path(home) / "lucidpay" / "config.toml"


def place_of(profile: str | None, environ: Mapping[str, str]) -> Place:
    """Return the platform to call. Raises ``UsageError`` when something is missing."""
    given_url, given_key = environ.get(URL, ""), environ.get(KEY, "")
    if given_url and given_key:
        return Place(given_url, given_key, "of the environment")
    name = profile or environ.get(PROFILE) or DEFAULT
    kept = profiles_read(config_file(environ)).get(name, {})
    url, key = kept.get("url", ""), kept.get("api_key", "")
    if given_url and url != given_url:
        # A profile's key must not go to another platform than the profile's.
        raise click.UsageError(f"{URL} is set, {KEY} is not. Set both, or none.")
    if not url or not (given_key or key):
        raise click.UsageError(
            f"No platform: set {URL} and {KEY}, or run `lucidpay configure --profile {name}`."
        )
    return Place(url, given_key or key, f"of profile {name}")


def profiles_read(path: Path) -> dict[str, dict[str, str]]:
    """Return all profiles; none without a file. Raises ``UsageError`` for one that others read."""
    try:
        text, mode = path.read_text(), path.stat().st_mode
    except FileNotFoundError:
        return {}
    if stat.S_IMODE(mode) & 0o077:
        raise click.UsageError(f"Others can read {path}, and it has keys. Run: chmod 600 {path}")
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # Not chained: the error may show the line with the key.
        raise click.UsageError(f"{path} is not TOML.") from None
    return {name: told for name, told in found.items() if isinstance(told, dict)}


def profile_write(path: Path, name: str, url: str, api_key: str) -> None:
    """Keep a profile, mode 0600, all or nothing; the others stay."""
    if not _NAME.fullmatch(name):
        raise click.UsageError("A profile's name has letters, digits, - and _ only.")
    kept = {**profiles_read(path), name: {"url": url, "api_key": api_key}}
    # A basic string of TOML is written as JSON writes text.
    lines = [
        f"[{one}]\n" + "".join(f"{key} = {json.dumps(told)}\n" for key, told in values.items())
        for one, values in kept.items()
    ]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".config")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines))
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
