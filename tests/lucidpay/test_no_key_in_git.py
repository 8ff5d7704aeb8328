"""No key is among the files that git knows. `make secrets` looks for more, and longer."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEYS = re.compile(
    rb"lp_(?:live|test)_[A-Za-z0-9_-]{43}\b"  # our API keys
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\r\n]"
    rb"|(?:^|[\s\"'])VAULT_KEY(?:_FILE)?=[\"']?[A-Za-z0-9+/]{43}="
    rb"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bsk_live_[A-Za-z0-9]{24}"
    rb"|\bxox[abprs]-[A-Za-z0-9-]{20}",
    re.MULTILINE,
)


def keys_in(content: bytes) -> list[bytes]:
    """Return what looks like a key, cut short: a finding must not be a leak."""
    return [found[:12] for found in KEYS.findall(content)]


def test_no_file_holds_what_looks_like_a_key() -> None:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    assert len(files) > 1000
    found = {
        str(one): keys for one in files if one.is_file() and (keys := keys_in(one.read_bytes()))
    }
    assert found == {}


def test_it_would_find_one() -> None:
    for planted in (
        b"key = 'lp_live_" + b"a" * 43 + b"'",
        b"-----BEGIN EC " + b"PRIVATE KEY-----\nMHc",
        b"export VAULT_KEY=" + b"A" * 43 + b"=",
        b"AKIA" + b"A" * 16,
    ):
        assert len(keys_in(planted)) == 1
