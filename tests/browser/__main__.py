"""``python -m tests.browser``: take the pictures of ``docs/img`` again (``make screenshots``).

The journeys of the browser tests keep pictures of what they pass; those that the documents show
are made small and put into place.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "docs" / "img"
HEIGHT_MAX, COLOURS = 1_500, 256
# What a journey calls its picture, and what the documents call it.
SHOWN = {
    "front": "admin-front",
    "review-queue": "admin-queue",
    "review-alike": "admin-review",
    "story-paid": "admin-payout",
    "batch-report": "admin-batch-report",
    "batch-progress": "admin-batch",
    "switch-on": "admin-kill-switch",
    "wallets": "admin-wallets",
    "stake-preview": "admin-stake",
    "webhook": "admin-webhook",
}
JOURNEYS = ("front", "review", "batches", "kill_switch", "wallet")


def main() -> int:
    """Take the pictures and put them into place; return pytest's exit code."""
    files = [f"tests/browser/test_{name}.py" for name in JOURNEYS] + [
        "tests/browser/screenshots.py"
    ]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-m", "browser", "-k", "not phone", *files]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"LUCIDPAY_PICTURES": folder}, check=False
        )
        for taken, name in SHOWN.items():
            _put(Path(folder) / f"{taken}-1440.png", PLACE / f"{name}.png")
    return done.returncode


def _put(taken: Path, place: Path) -> None:
    picture = Image.open(taken).convert("RGB")
    shown = picture.crop((0, 0, picture.width, min(picture.height, HEIGHT_MAX)))
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(place, optimize=True)
    print(f"{place.relative_to(ROOT)}  {place.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
