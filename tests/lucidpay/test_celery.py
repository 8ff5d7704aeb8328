"""Workers and beat start on sound settings only, as the web does."""

import os
import subprocess
import sys

import pytest

WEAK = {
    "DJANGO_SETTINGS_MODULE": "lucidpay.settings.production",
    "SECRET_KEY": "too short",
    "TRON_NETWORK": "sandbox",
    "TRON_NODES": "http://127.0.0.1:1",
    "ALLOWED_HOSTS": "pay.example.org",
    "VAULT_KEY": "",
}


@pytest.mark.parametrize("role", ["worker", "beat"])
def test_it_refuses_to_start_on_a_weak_secret(role: str, tmp_path: object) -> None:
    schedule = ["-s", f"{tmp_path}/schedule"] if role == "beat" else ["-c", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "lucidpay.celery:app", role, *schedule],
        env={**os.environ, **WEAK},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "lucidpay.E001" in done.stdout + done.stderr
    assert "too short" not in done.stdout + done.stderr
