"""The client of ``clients/python`` as a user has it installed, beside the platform."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "clients" / "python" / "src"
if str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))

from lucidpay_client import AdvancedLucidPaymentClientSync, Retries  # noqa: E402
from lucidpay_client.testing import FakeLucidPay  # noqa: E402

AT_ONCE = Retries(wait_min_s=0, wait_max_s=0)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy of this machine stand between."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fake() -> Iterator[FakeLucidPay]:
    with FakeLucidPay() as one:
        yield one


@pytest.fixture
def client(fake: FakeLucidPay) -> Iterator[AdvancedLucidPaymentClientSync]:
    """A client that does not wait between two tries."""
    with AdvancedLucidPaymentClientSync(fake.api_key, fake.url, retries=AT_ONCE) as one:
        yield one
