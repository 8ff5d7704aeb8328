"""What is written to tracked rows is told by the database itself, for good."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from pghistory.core import event_models

from access.models import ApiKey, User
from access.services.keys import api_key_revoke
from access.services.second_factor import second_factor_begin
from gateway.policy.fees import schedule_now
from gateway.services.rates import rate_set
from lucidpay.clock import utc_now
from lucidpay.service.models import ServiceRestart
from lucidpay.verification.findings import Scope
from lucidpay.verification.guards import dropped_constraints, dropped_triggers
from payouts.models import Router, RouterType
from payouts.models_upload import BatchUpload
from staking.models import DelegationPolicy
from tests import builders
from tests.access.policy import policy_set
from tests.deposits import deposit_account_create
from tron.halt import lift, pull
from tron.models import Halt
from wallets.models import FundingSource, Wallet
from wallets.services.funding import funding_source_add
from webhooks.services.register import endpoint_register

pytestmark = pytest.mark.django_db
LINKS = "access_user_groups"


def table_of(name: str) -> type[Model]:
    return apps.get_model(name)


def told(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the labels and facts of a table of the trail, oldest first."""
    rows = table_of(name)._default_manager.order_by("pgh_id").values()
    return [
        (row["pgh_label"], {k: v for k, v in row.items() if not k.startswith("pgh_")})
        for row in rows
    ]


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def labels(name: str) -> list[str]:
    return [label for label, _ in told(name)]


def test_everything_that_gives_rights_or_moves_money_is_tracked() -> None:
    tracked = {table.pgh_tracked_model._meta.db_table for table in event_models()}
    assert tracked >= {
        "access_user", LINKS, "auth_group", "access_apikey", "access_secondfactor",
        "payouts_router", "wallets_wallet",
        "tron_halt", "wallets_fundingsource", "payouts_limit", "payouts_breakertrip",
        "payouts_kycrecord", "payouts_trustedrecipient", "payouts_reviewrule",
        "payouts_approvaltier", "payouts_reviewexemption", "payouts_releaseschedule",
        "staking_delegationpolicy", "gateway_feeschedule", "gateway_rate",
    }  # fmt: skip


def test_a_user_s_life_is_told() -> None:
    person = builders.user(None, username="carol")
    person.email = "carol@example.org"
    person.save()
    User.objects.filter(pk=person.pk).update(is_staff=True)
    sql("UPDATE access_user SET is_superuser = true WHERE username = %s", "carol")
    person.delete()
    assert [
        (label, row["email"], row["is_staff"], row["is_superuser"])
        for label, row in told("access.UserAudit")
    ] == [
        ("insert", "", False, False),
        ("update", "carol@example.org", False, False),
        ("update", "carol@example.org", True, False),
        ("update", "carol@example.org", True, True),
        ("delete", "carol@example.org", True, True),
    ]


def test_roles_given_and_taken_are_told() -> None:
    person = builders.user("operator")
    role = Group.objects.get(name="operator")
    person.groups.clear()
    sql("INSERT INTO access_user_groups (user_id, group_id) VALUES (%s, %s)", person.pk, role.pk)
    facts = [
        (label, row["user_id"], row["group_id"]) for label, row in told("access.UserRoleAudit")
    ]
    assert facts == [(label, person.pk, role.pk) for label in ("insert", "delete", "insert")]


def test_a_group_that_becomes_a_role_is_told() -> None:
    Group.objects.create(name="strangers")
    sql("DELETE FROM auth_group WHERE name = 'admin'")
    sql("UPDATE auth_group SET name = 'admin' WHERE name = 'strangers'")
    assert [(label, row["name"]) for label, row in told("access.RoleAudit")][-3:] == [
        ("insert", "strangers"), ("delete", "admin"), ("update", "admin")
    ]  # fmt: skip


def test_a_key_s_life_is_told() -> None:
    key, _ = builders.api_key(builders.user(), scopes=["payouts:read"])
    sql("UPDATE access_apikey SET scopes = %s", ["payouts:read", "payouts:create"])
    api_key_revoke(key=key, now=utc_now())
    rows = told("access.ApiKeyAudit")
    assert [(label, len(row["scopes"]), row["revoked_at"] is None) for label, row in rows] == [
        ("insert", 1, True), ("update", 2, True), ("update", 2, False)
    ]  # fmt: skip


def test_wallets_routers_funding_and_halts_are_told() -> None:
    wallet = builders.hot_wallet()
    Wallet.objects.filter(pk=wallet.pk).update(name="renamed")
    Router.objects.filter(type=RouterType.V0).update(wallet=None)
    address = builders.address()
    funding_source_add(address=address, note="bank", by="tests", now=utc_now())
    sql("UPDATE wallets_fundingsource SET address = %s", builders.address())
    stop = pull(reason="drill", by="tests", now=utc_now())
    lift(halts=[stop.pk], reason="over", by="tests", now=utc_now())

    names = [row["name"] for label, row in told("wallets.WalletAudit")]
    assert names[-1] == "renamed"
    assert told("payouts.RouterAudit")[-1][1]["wallet_id"] is None
    sources = [row["address"] for _, row in told("wallets.FundingSourceAudit")]
    assert (sources[0], len(sources)) == (address, 2)
    halts = [(label, row["lifted_by"]) for label, row in told("tron.HaltAudit")]
    assert halts == [("insert", ""), ("update", "tests")]
    assert Halt.objects.count() == FundingSource.objects.count() == 1


# Table → a write by hand, and the field and value that tell of it afterwards.
POLICY = {
    "Limit": ("SET daily_micro = 99 WHERE kind = 'recipient'", "daily_micro", 99),
    "BreakerTrip": ("SET reset_at = now(), reset_by = 'mallory'", "reset_by", "mallory"),
    "KycRecord": ("SET status = 'approved', approved_at = now()", "status", "approved"),
    "TrustedRecipient": ("SET note = 'mine'", "note", "mine"),
    "ReviewRule": ("SET enabled = false WHERE code = 'duplicate'", "enabled", False),
    "ReviewExemption": ("SET note = 'mine'", "note", "mine"),
    "ApprovalTier": ("SET approvals_needed = 1", "approvals_needed", 1),
    "TopUpRule": ("SET enabled = false", "enabled", False),
    "ReleaseSchedule": ("SET enabled = false WHERE batch_type = 'DAILY'", "enabled", False),
}


@pytest.mark.parametrize("name", POLICY)
def test_what_operators_set_and_what_is_set_by_hand_is_told(name: str) -> None:
    policy_set()
    before = told(f"payouts.{name}Audit")
    assert before, "the services' own write is told"
    change, field, value = POLICY[name]
    sql(f"UPDATE payouts_{name.lower()} {change}")  # noqa: S608 (from above)
    after = told(f"payouts.{name}Audit")
    assert len(after) == len(before) + 1
    assert (after[-1][0], after[-1][1][field]) == ("update", value)


@pytest.mark.parametrize("name", ["ReviewRule", "ReviewExemption", "ApprovalTier"])
def test_what_is_deleted_of_the_policy_is_told(name: str) -> None:
    policy_set()
    sql(f"DELETE FROM payouts_{name.lower()}")  # noqa: S608 (from above)
    assert told(f"payouts.{name}Audit")[-1][0] == "delete"


SECRETS = {
    "password": ("access_user", "access.UserAudit", lambda: builders.user(None)),
    "digest": ("access_apikey", "access.ApiKeyAudit", lambda: builders.token(builders.user())),
    "sealed_key": ("wallets_wallet", "wallets.WalletAudit", builders.hot_wallet),
}


@pytest.mark.parametrize("column", SECRETS)
def test_of_a_secret_it_is_told_that_it_changed_and_never_what_it_holds(column: str) -> None:
    table, trail, make = SECRETS[column]
    make()
    secret = f"s3cret-{column}"
    sql(f"UPDATE {table} SET {column} = %s", secret)  # noqa: S608 (names from above)
    assert f"{column}_changed" in labels(trail)
    for name in event_models():
        fields = {field.name for field in name._meta.fields}
        assert not fields & set(SECRETS), name
    rows = table_of(trail)._default_manager.values()
    assert len(rows) > 1
    assert secret not in str(list(rows))


@pytest.mark.parametrize(
    ("statement", "trail", "make"),
    [
        ("UPDATE access_user SET last_login = now()", "access.UserAudit", builders.user),
        ("UPDATE access_apikey SET last_used_at = now(), last_used_ip = '::1'",
         "access.ApiKeyAudit", lambda: builders.token(builders.user())),
        ("UPDATE wallets_wallet SET last_timestamp_ms = 7", "wallets.WalletAudit",
         builders.hot_wallet),
        ("UPDATE access_user SET email = email", "access.UserAudit", builders.user),
    ],
    ids=["login", "use of a key", "signing", "no change"],
)  # fmt: skip
def test_what_the_machine_notes_for_itself_is_no_event(
    statement: str, trail: str, make: Any
) -> None:
    make()
    before = labels(trail)
    sql(statement)
    assert labels(trail) == before


@pytest.mark.parametrize("table", event_models(), ids=lambda table: table.__name__)
@pytest.mark.parametrize("verb", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
def test_the_trail_is_never_changed(table: type[Model], verb: str) -> None:
    builders.token(builders.user("operator"))
    second_factor_begin(user=builders.user("operator"), now=utc_now())
    wallets = builders.hot_wallet(), builders.hot_wallet()
    DelegationPolicy.objects.create(
        staking_wallet=wallets[0], hot_wallet=wallets[1], most_trx=1_000
    )
    Group.objects.create(name="strangers")
    pull(reason="drill", by="tests", now=utc_now())
    funding_source_add(address=builders.address(), note="", by="tests", now=utc_now())
    policy_set()
    ServiceRestart.objects.create(
        service="tron-client", by="tests", request_id="r", asked_at=utc_now()
    )
    endpoint_register(
        owner_id=builders.user("operator").pk,
        url="https://93.184.216.34/",
        events=["batch.created"],
        headers={},
        is_active=True,
        now=utc_now(),
    )
    deposit_account_create(name="shop", now=utc_now())
    schedule_now(now=utc_now())
    rate_set(micro_per_trx=310_000, by="tests", reason="as traded", now=utc_now())
    BatchUpload.objects.create(
        owner=builders.user("operator"), name="n", filename="f.csv", format="csv", content=b"",
        size_bytes=0, sha256="0" * 64, created_at=utc_now(),
    )  # fmt: skip
    count = table._default_manager.count()
    if not count:
        pytest.fail(f"nothing here writes to {table.__name__}: add it above")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        sql(verb.format(table._meta.db_table))
    assert table._default_manager.count() == count


def test_what_is_rolled_back_is_not_told() -> None:
    builders.user(None)
    before = labels("access.UserAudit")
    with transaction.atomic():
        User.objects.update(email="gone@example.org")
        transaction.set_rollback(True)
    assert labels("access.UserAudit") == before


def test_a_lost_trigger_of_the_trail_is_found() -> None:
    scope = Scope(now=utc_now())
    assert [*dropped_triggers(scope), *dropped_constraints(scope)] == []
    sql("ALTER TABLE access_apikey DISABLE TRIGGER USER")
    found = {finding.what for finding in dropped_triggers(scope)}
    assert "trigger audit_update of access_apikey is switched off" in found
    assert ApiKey.objects.count() == 0
