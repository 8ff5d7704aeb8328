"""The secrets of an installation, one file each, made once."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from lucidpay.sealing import vault_key_pair

BYTES = 48
# Who may enter the folder may read them: they are mounted one by one into processes of other users.
FOLDER_MODE, FILE_MODE = 0o700, 0o444


def secrets_make(directory: Path, *, database: str, redis: str) -> list[Path]:
    """Write the secrets that are missing and return their files; what is there stays as it is.

    ``database`` and ``redis`` are the hosts of the servers, which the addresses name. Raises
    ``FileExistsError`` when a folder has one half of a pair: the other cannot be made again.
    """
    directory.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    made = list[Path]()
    for group in _groups(database, redis):
        missing = [name for name in group if not (directory / name).exists()]
        if not missing:
            continue
        if len(missing) < len(group):
            there = ", ".join(sorted(group.keys() - set(missing)))
            raise FileExistsError(
                f"{directory} has {there} and not {', '.join(missing)}, which belong together."
                " Bring the missing ones back, or move the others away."
            )
        made += [_write(directory / name, text) for name, text in group.items()]
    return made


def _groups(database: str, redis: str) -> Iterator[dict[str, str]]:
    """Yield what belongs together, by file names."""
    postgres_password, redis_password = _word(), _word()
    yield {
        "postgres_password": postgres_password,
        "database_url": f"postgres://lucidpay:{postgres_password}@{database}:5432/lucidpay",
    }
    yield {
        "redis_conf": f"requirepass {redis_password}\n",
        "redis_url": f"redis://:{redis_password}@{redis}:6379/0",
    }
    for name in ("secret_key", "metrics_token", "inbound_webhook_secret", "grafana_password"):
        yield {name: _word()}
    for name in ("tron_api_keys", "email_url"):
        yield {name: ""}  # nothing, until somebody has one
    for name in ("vault", "webhook_vault"):
        key, public_key = vault_key_pair()
        yield {f"{name}_key": key, f"{name}_public_key": public_key}


def _word() -> str:
    return secrets.token_urlsafe(BYTES)


def _write(path: Path, text: str) -> Path:
    """Write a new file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        os.fsync(file.fileno())
    unfinished.chmod(FILE_MODE)
    os.link(unfinished, path)  # refuses when somebody has made it meanwhile
    unfinished.unlink()
    return path
