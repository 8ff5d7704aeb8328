"""What each role may do, and that a key never may more than its user."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from access.caller import caller_of_user
from access.scopes import PAYOUTS_READ, ROLES, SCOPES
from lucidpay.errors import ValidationFailed
from tests import builders
from tests.api.client import PAYOUTS, Api, caller, nothing_written, refused
from tests.webhooks.api.hooks import HOOKS, register

WRITERS = {"end_user", "node_operator", "operator", "approver", "admin"}
READERS = WRITERS | {"auditor"}
SEE_ALL = {"operator", "approver", "auditor", "admin"}


# Word for word what the contract promises of each role.
PAYOUT_SCOPES = {"payouts:create", "payouts:read", "payouts:cancel"}
END_USER = PAYOUT_SCOPES | {"stats:read"}
EVERYTHING = {
    *PAYOUT_SCOPES, "stats:read", "wallets:read", "wallets:manage", "usdt:transfer",
    "staking:manage", "payments:create", "payments:read", "payments:refund", "webhooks:manage",
    "reports:read", "kyc:manage", "service:manage",
}  # fmt: skip
OPERATOR = EVERYTHING - {"service:manage", "kyc:manage"}
TABLE = {
    "end_user": END_USER,
    "node_operator": END_USER | {"wallets:read"},
    "merchant": {"payments:create", "payments:read", "payments:refund", "webhooks:manage",
                 "reports:read", "stats:read"},
    "operator": OPERATOR,
    "approver": OPERATOR,
    "auditor": {"payouts:read", "stats:read", "wallets:read", "payments:read", "reports:read"},
    "admin": EVERYTHING,
}  # fmt: skip


@pytest.mark.parametrize("role", TABLE)
def test_a_role_gives_these_scopes_and_no_other(db: None, role: str) -> None:
    owner = builders.user(role)
    assert caller_of_user(owner).scopes == TABLE[role]
    assert set(builders.api_key(owner)[0].scopes) == TABLE[role]
    assert caller_of_user(owner).sees_all == (role in SEE_ALL)


def test_these_are_all_roles_and_all_scopes(db: None) -> None:
    assert set(ROLES) == set(TABLE)
    assert set(Group.objects.values_list("name", flat=True)) == set(TABLE)
    assert set(SCOPES) == EVERYTHING


def test_roles_add_up(db: None) -> None:
    owner = builders.user("merchant")
    owner.groups.add(Group.objects.get(name="node_operator"))
    assert caller_of_user(owner).scopes == TABLE["merchant"] | TABLE["node_operator"]
    assert not caller_of_user(owner).sees_all


@pytest.mark.parametrize("path", [PAYOUTS, f"{PAYOUTS}/payout_{'0' * 32}/cancel",
                                  "/tron/kill-switch", "/restart/tron-client"])  # fmt: skip
def test_an_auditor_writes_nothing(auditor: Api, path: str) -> None:
    with nothing_written():
        refused(auditor.post(path, {}), 403, "LUCID_ERR_2010")


@pytest.fixture
def payout_path(alice: Api) -> str:
    """Somebody's pending payout."""
    return f"{PAYOUTS}/{builders.payout(alice.user).public_id}"


@pytest.mark.contract("C-AUTH-7")
@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("with_jwt", [False, True], ids=["key", "JWT"])
def test_a_role_may_what_the_contract_says(role: str, with_jwt: bool, payout_path: str) -> None:
    one = caller(role)
    if with_jwt:
        one.token = builders.jwt(one.user)
    made, listed = one.pay(), one.get(PAYOUTS)
    if role in WRITERS:
        assert made.status == 201
        assert one.post(f"{made.headers['Location']}/cancel").status == 200
    else:
        refused(made, 403, "LUCID_ERR_2010")
        refused(one.post(f"{payout_path}/cancel"), 403, "LUCID_ERR_2010")
    if role in READERS:
        assert listed.status == 200
        assert one.get(payout_path).status == (200 if role in SEE_ALL else 404)
    else:
        refused(listed, 403, "LUCID_ERR_2010")
        refused(one.get(payout_path), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-AUTH-7", "C-HOOK-4")
@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_may_of_webhooks_what_the_contract_says(db: None, role: str, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
    one = caller(role)
    answers = [one.get(HOOKS), one.get(f"{HOOKS}/events"), register(one)]
    if "webhooks:manage" in TABLE[role]:
        assert [answer.status for answer in answers] == [200, 200, 201]
    else:
        for answer in answers:
            refused(answer, 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-AUTH-7")
@pytest.mark.parametrize("role", [None, "strangers"], ids=["no role", "a group that is no role"])
def test_who_has_no_role_may_nothing(wallet: object, role: str | None) -> None:
    one = caller(role)
    with nothing_written():
        refused(one.get(PAYOUTS), 403, "LUCID_ERR_2010")
        refused(one.pay(), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-AUTH-7")
def test_a_superuser_may_all(wallet: object) -> None:
    boss = builders.user(None, is_superuser=True)
    assert Api(builders.token(boss)).pay().status == 201


@pytest.mark.contract("C-AUTH-8")
def test_a_key_with_fewer_scopes_may_less(wallet: object) -> None:
    reader = caller("admin", scopes=[PAYOUTS_READ])
    assert reader.get(PAYOUTS).status == 200
    with nothing_written():
        refused(reader.pay(), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-AUTH-8")
def test_a_key_loses_what_its_user_loses(alice: Api) -> None:
    alice.user.groups.clear()
    refused(alice.pay(), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-AUTH-8")
def test_a_key_cannot_be_given_what_its_user_has_not(db: None) -> None:
    with pytest.raises(ValidationFailed):
        builders.api_key(builders.user(), scopes=["service:manage"])


@pytest.mark.contract("C-AUTH-6")
def test_it_refuses_a_missing_scope_before_it_reads_the_body(auditor: Api) -> None:
    refused(auditor.call("POST", PAYOUTS, "nonsense"), 403, "LUCID_ERR_2010")
    unknown = f"{PAYOUTS}/payout_{'0' * 32}/cancel"
    assert refused(auditor.post(unknown), 403, "LUCID_ERR_2010") == {}
