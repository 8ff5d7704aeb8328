"""What every test may count on."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.serializers import sort_dependencies
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.db.models.signals import post_migrate

from tron import nodes
from wallets.vault import vault_key_pair

VAULT_KEY, VAULT_PUBLIC_KEY = vault_key_pair()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests, so that no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _migrated_rows(django_db_setup: None, django_db_blocker: Any) -> None:
    """Put back what migrations have written whenever a test that commits has emptied all tables.

    Else the next test would meet a platform without limits, roles and schedules.
    """
    if not connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):
        return  # none was made: no test of this run uses it
    kept = []
    with django_db_blocker.unblock():
        for model in sort_dependencies([(config, None) for config in apps.get_app_configs()]):
            is_own = model._meta.managed and not model._meta.proxy
            if is_own and model not in (ContentType, Permission):  # Django puts these back itself
                kept.append((model, list(model._base_manager.all())))

    def put_back(**_: Any) -> None:
        for model, rows in kept:
            model._base_manager.bulk_create(rows)
        models = [model for model, rows in kept if rows]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)

    post_migrate.connect(put_back, sender=apps.get_app_config("payouts"), weak=False)


@pytest.fixture(autouse=True)
def _vault(settings: Any) -> None:
    """Give this process both halves of a vault's key; tests of the web side take one away."""
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = VAULT_KEY, VAULT_PUBLIC_KEY


@pytest.fixture(autouse=True)
def _nodes_forgotten() -> None:
    """Let every test meet its nodes for the first time."""
    nodes.forget()
