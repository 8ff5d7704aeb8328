"""One platform for all documents that are followed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.waiting import until


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the folder of a reader whose platform runs: it has ``.lucidpay/demo.env``, as the
    demo writes it.
    """
    folder = tmp_path_factory.mktemp("reader")
    with platform(tmp_path_factory.mktemp("platform"), WEBHOOK_ALLOW_HOSTS="127.0.0.1") as whole:
        whole.start_web()
        whole.start_worker()
        whole.start_beat()
        until("payments can be taken", lambda: _can_take_payments(whole))
        (folder / ".lucidpay").mkdir()
        (folder / ".lucidpay" / "demo.env").write_text(
            f"LUCIDPAY_URL=http://127.0.0.1:{whole.web_port}\n"
            f"LUCIDPAY_API_KEY={whole.token}\n"
            f"HOT_WALLET_ADDRESS={whole.hot}\n"
            f"HOT_WALLET_ID={_hot_wallet_id(whole)}\n"
        )
        yield folder


def _can_take_payments(running: Platform) -> bool:
    """Whether a worker has made what deposit addresses grow from."""
    body = {"payer_address": somebody(), "payee_address": somebody(), "amount": 1}
    return running.api("POST", "/api/v1/payments/create", body).status == 201


def _hot_wallet_id(running: Platform) -> str:
    return str(running.api("GET", "/tron/wallets").body["wallets"][0]["wallet_id"])
