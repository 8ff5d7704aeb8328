"""The trail knows who acted, from where, and in which request, task or command."""

import os
import pwd
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import structlog
from celery import shared_task
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.acting import Acting, ActingTask, tracked_tables
from access.models import User
from lucidpay.celery import app
from tests import builders
from tests.api.client import PAYOUTS, Api, caller, order
from tron.models import Halt
from wallets.services.open import wallet_create
from wallets.tasks import open_wallets

ROOT = Path(__file__).resolve().parents[2]
SWITCH = "/tron/kill-switch"
PULL = {"on": True, "reason": "a drill"}


def contexts(name: str) -> list[Any]:
    """Return who is told to have acted, oldest first."""
    rows = apps.get_model(name)._default_manager.order_by("pgh_id")
    return list(rows.values_list("pgh_context", flat=True))


@pytest.mark.django_db
def test_a_call_with_a_key_names_key_user_address_and_request() -> None:
    one = caller("operator")
    one.address = "192.0.2.7"
    assert one.post(SWITCH, PULL, X_Request_ID="req-1").status == 200
    key = User.objects.get(pk=one.user.pk).api_keys.get()
    assert contexts("tron.HaltAudit") == [
        {"user": one.user.pk, "api_key": str(key.pk), "address": "192.0.2.7",
         "request_id": "req-1"}
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_call_with_a_jwt_names_the_user() -> None:
    owner = builders.user("operator")
    Api(builders.jwt(owner), address="2001:db8::1").post(SWITCH, PULL, X_Request_ID="req-2")
    assert contexts("tron.HaltAudit") == [
        {"user": owner.pk, "address": "2001:db8::1", "request_id": "req-2"}
    ]


@pytest.mark.django_db
def test_a_page_of_the_admin_names_the_person() -> None:
    boss = builders.user("admin", is_staff=True)
    client = Client(REMOTE_ADDR="192.0.2.8", headers={"X-Request-ID": "req-3"})
    client.force_login(boss)
    fields = {"username": "dora", "password1": builders.PASSWORD, "password2": builders.PASSWORD,
              "usable_password": "true"}  # fmt: skip
    assert client.post("/admin/access/user/add/", fields).status_code == 302
    assert contexts("access.UserAudit")[-1] == {
        "user": boss.pk, "address": "192.0.2.8", "request_id": "req-3"
    }  # fmt: skip


@pytest.mark.django_db
def test_a_task_names_itself() -> None:
    wallet_create(name="hot")
    open_wallets()  # makes its key; no node answers here, so it opens later
    assert contexts("wallets.WalletAudit") == [None, *[{"task": "wallets.open"}] * 2]


@pytest.mark.django_db
def test_a_task_that_a_worker_runs_names_the_request_that_rang() -> None:
    """Run by Celery's own tracer; the worker's logging binds the id as is done here."""
    builders.user(None)
    with structlog.contextvars.bound_contextvars(request_id="req-4"):
        assert rename_all.apply().successful()
    assert contexts("access.UserAudit")[-1] == {"task": "tests.rename_all", "request_id": "req-4"}


@shared_task(name="tests.rename_all")
def rename_all() -> None:
    """Change every user."""
    User.objects.update(first_name="renamed")


def test_every_task_says_which_it_is() -> None:
    app.autodiscover_tasks(force=True)  # a worker does, at its start
    import_module("lucidpay.retention")
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert len(scheduled) > 7
    assert [name for name in scheduled if not isinstance(app.tasks[name], ActingTask)] == []


@pytest.mark.django_db(transaction=True)
def test_a_command_names_itself_and_the_account_and_none_of_its_arguments() -> None:
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    done = subprocess.run(
        [sys.executable, "manage.py", "kill_switch", "on", "--reason", "s3cret"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": database},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Halt.objects.get().reason == "s3cret"
    assert contexts("tron.HaltAudit") == [
        {"command": "kill_switch", "account": pwd.getpwuid(os.getuid()).pw_name}
    ]


def test_without_settings_the_command_line_still_helps() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "manage.py", "help"],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "DATABASE_URL is not set" in done.stdout + done.stderr


@pytest.mark.django_db
def test_what_nobody_names_is_told_all_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES ('by hand')")
    assert contexts("access.RoleAudit")[-1] is None


@pytest.mark.django_db(transaction=True)
def test_who_acted_does_not_stay_with_the_connection() -> None:
    """Behind PgBouncer the next transaction on it is somebody else's."""
    caller("operator").post(SWITCH, PULL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pghistory.context_metadata', true)")
        assert cursor.fetchone() in [("",), (None,)]
        cursor.execute("INSERT INTO auth_group (name) VALUES ('by hand')")
    assert contexts("access.RoleAudit")[-1] is None


NAMING = "pghistory.context_metadata"


@pytest.mark.django_db
def test_naming_who_acts_costs_no_statement_of_its_own() -> None:
    with CaptureQueriesContext(connection) as seen:
        caller("operator").post(SWITCH, PULL)
    naming = [query["sql"] for query in seen if NAMING in query["sql"]]
    assert naming, "nothing was written"
    for statement in naming:
        assert statement.partition("; ")[2], "it goes with a statement that writes"


@pytest.mark.django_db
def test_who_acts_is_named_only_beside_what_is_tracked() -> None:
    builders.hot_wallet()
    one = caller()
    one.pay()
    with CaptureQueriesContext(connection) as seen:
        assert one.post(PAYOUTS, order(reference_id="r-1")).status == 201
    assert len(seen) > 1
    assert [query["sql"] for query in seen if NAMING in query["sql"]] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO auth_group (name) VALUES (%s)",
        'insert into public."auth_group" (name) values (%s)',
        "UPDATE AUTH_GROUP SET name = %s WHERE name = 'operator'",
        "UPDATE ONLY auth_group AS g\nSET name = %s WHERE name = 'operator'",
        "WITH made AS (INSERT INTO auth_group (name) VALUES (%s) RETURNING id) SELECT * FROM made",
        "DELETE FROM auth_group WHERE name < %s AND name NOT IN ('operator')",
        "MERGE INTO auth_group g USING (SELECT %s AS name) n ON g.name = n.name"
        " WHEN NOT MATCHED THEN INSERT (name) VALUES (n.name)",
    ],
)
def test_who_acts_is_named_beside_every_way_to_write(statement: str) -> None:
    before = len(contexts("access.RoleAudit"))
    with Acting(task="t"), connection.cursor() as cursor:
        cursor.execute(statement, ["zz"])
    told = contexts("access.RoleAudit")[before:]
    assert told
    assert all(context == {"task": "t"} for context in told)


@pytest.mark.django_db
def test_every_table_of_the_trail_is_known_to_be_tracked() -> None:
    told = {name for name in connection.introspection.table_names() if name.endswith("audit")}
    assert len(told) == len(tracked_tables()) > 7
    assert {"access_user", "access_user_groups", "auth_group", "payouts_router"} <= tracked_tables()


@pytest.mark.django_db
def test_triggers_of_other_tables_write_to_nothing_that_is_tracked() -> None:
    """Else who acts would have to be named beside statements that write to those tables, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
        )
        found = cursor.fetchall()
    writes = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM)\s+\W?(\w+)", re.IGNORECASE)
    told = [(name, writes.findall(source)) for table, name, source in found
            if table not in tracked_tables()]  # fmt: skip
    assert len(told) > 10
    assert [name for name, tables in told if tracked_tables() & set(tables)] == []
