"""Generated requests against the real server: nothing answers what the document does not say.

The long run is ``make contract MINUTES=10``.
"""

from pathlib import Path

import pytest

from tests import builders
from tests.api.serving import served
from tests.conftest import VAULT_PUBLIC_KEY
from tests.contract.fuzzing import LIFTED, fuzz

SEED = 4711
CASES_MIN = 3_000


@pytest.mark.slow
@pytest.mark.contract("C-DOC-3")
@pytest.mark.django_db(transaction=True)
def test_the_api_answers_as_its_document_says(tmp_path: Path) -> None:
    builders.hot_wallet(usdt_micro=10**15)
    token = builders.token(builders.user("admin"))
    with served(**LIFTED, VAULT_PUBLIC_KEY=VAULT_PUBLIC_KEY) as port:
        url = f"http://127.0.0.1:{port}"
        found = fuzz(url=url, token=token, directory=tmp_path, seed=SEED, options=("-n", "1"))
    assert found.status == 0, found.said
    assert found.cases > CASES_MIN, found.said
