"""An account as java-tron writes it: what is absent is 0, and nonsense is no account."""

from typing import Any

import pytest

from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import asked, somebody
from tests.tron.lying_node import LyingNode, says
from tron.account import BOTH, AccountState, Permission, Resource, Unfreezing, account_of
from tron.address import address_parse
from tron.errors import OutcomeUnknown
from tron.sandbox.genesis import USDT_CONTRACT

GETACCOUNT = "walletsolidity/getaccount"
ALICE, BOB, WITNESS = (somebody() for _ in range(3))
NONE = dict.fromkeys(BOTH, 0)
# TriggerSmartContract (31) and TransferContract (1) only.
OPERATIONS = "02000080" + "00" * 28
pytestmark = pytest.mark.django_db


def hexed(address: str) -> str:
    return address_parse(address).hex()


def body(**fields: Any) -> dict[str, Any]:
    """An account with all that staking and permissions add; a field given as ``...`` is not."""
    given = {
        "address": hexed(ALICE),
        "balance": 5_000_000,
        "create_time": 1_700_000_000_000,
        "votes": [{"vote_address": hexed(WITNESS), "vote_count": 7}],
        "allowance": 321,
        "latest_withdraw_time": 1_750_000_000_000,
        "net_window_size": 28_800_000,
        "account_resource": {
            "energy_window_size": 28_800_000,
            "delegated_frozenV2_balance_for_energy": 3_000_000,
            "acquired_delegated_frozenV2_balance_for_energy": 4_000_000,
        },
        "delegated_frozenV2_balance_for_bandwidth": 1_000_000,
        "acquired_delegated_frozenV2_balance_for_bandwidth": 2_000_000,
        "frozenV2": [{"amount": 10_000_000}, {"type": "ENERGY", "amount": 20_000_000},
                     {"type": "TRON_POWER"}],
        "unfrozenV2": [
            {"unfreeze_amount": 8, "unfreeze_expire_time": 1_751_000_000_000},
            {"type": "ENERGY", "unfreeze_amount": 9, "unfreeze_expire_time": 1_752_000_000_000},
        ],
        "owner_permission": {"permission_name": "owner", "threshold": 2,
                             "keys": [{"address": hexed(ALICE), "weight": 1},
                                      {"address": hexed(BOB), "weight": 1}]},
        "active_permission": [
            {"type": "Active", "id": 2, "permission_name": "payouts", "threshold": 1,
             "operations": OPERATIONS, "keys": [{"address": hexed(BOB), "weight": 1}]}
        ],
    }  # fmt: skip
    return {name: value for name, value in {**given, **fields}.items() if value is not ...}


def test_everything_of_an_account_is_read(liar: LyingNode) -> None:
    liar.on(GETACCOUNT, says(body()))
    found = asked(lambda node: account_of(node, ALICE))
    active = Permission(2, "payouts", 1, {BOB: 1}, bytes.fromhex(OPERATIONS))
    assert found == AccountState(
        address=ALICE,
        is_activated=True,
        balance_sun=5_000_000,
        frozen_sun={Resource.BANDWIDTH: 10_000_000, Resource.ENERGY: 20_000_000},
        delegated_out_sun={"BANDWIDTH": 1_000_000, "ENERGY": 3_000_000},
        delegated_in_sun={"BANDWIDTH": 2_000_000, "ENERGY": 4_000_000},
        unfreezing=(
            Unfreezing(Resource.BANDWIDTH, 8, 1_751_000_000_000),
            Unfreezing(Resource.ENERGY, 9, 1_752_000_000_000),
        ),
        votes={WITNESS: 7},
        latest_withdraw_ms=1_750_000_000_000,
        allowance_sun=321,
        owner_permission=Permission(0, "owner", 2, {ALICE: 1, BOB: 1}),
        active_permissions=(active,),
    )
    assert found.staked_sun == 34_000_000
    assert found.permission(2) == active
    assert found.permission(3) is None
    assert [active.allows(kind) for kind in (1, 31, 0, 2, 30, 54)] == [True, True, *[False] * 4]
    assert found.owner_permission.allows(54)


def test_what_is_absent_is_nothing(liar: LyingNode) -> None:
    liar.on(GETACCOUNT, says({"address": hexed(ALICE), "account_resource": {}}))
    own_key = Permission(0, "owner", 1, {ALICE: 1})
    assert asked(lambda node: account_of(node, ALICE)) == AccountState(
        ALICE, own_key, is_activated=True, frozen_sun=NONE
    )


def test_who_was_never_activated_owns_nothing(node: SandboxProcess) -> None:
    found = asked(lambda one: account_of(one, ALICE))
    assert (found.is_activated, found.balance_sun, found.staked_sun) == (False, 0, 0)
    assert found.owner_permission.keys == {ALICE: 1}


def test_a_real_account_is_read_at_the_solid_block_and_at_the_head(
    node: SandboxProcess, alice: Person
) -> None:
    node.post("/sandbox/faucet", address=alice.address, trx=1)
    node.mine()
    solid = asked(lambda one: account_of(one, alice.address))
    head = asked(lambda one: account_of(one, alice.address, solid=False))
    assert head.balance_sun - solid.balance_sun == 1_000_000
    assert solid.owner_permission.keys == {alice.address: 1}
    (active,) = solid.active_permissions
    assert (active.id, active.keys) == (2, {alice.address: 1})
    assert active.allows(31)
    assert not solid.is_contract
    assert asked(lambda one: account_of(one, USDT_CONTRACT)).is_contract


@pytest.mark.parametrize(
    "answer",
    [
        [], None, "x", 5, {"balance": 1}, body(address=hexed(BOB)), body(address="zz"),
        body(balance=-1), body(balance=True), body(balance="5"), body(balance=2**63),
        body(frozenV2=[{"type": "GAS", "amount": 1}]), body(frozenV2=5),
        body(unfrozenV2=[{"unfreeze_amount": 8}]), body(latest_withdraw_time=10**15),
        body(votes=[{"vote_address": hexed(BOB)}]), body(votes=[{"vote_count": 1}]),
        body(account_resource={"delegated_frozenV2_balance_for_energy": -1}),
        body(owner_permission={"threshold": 0, "keys": []}), body(owner_permission={"keys": []}),
        body(owner_permission={"threshold": 1, "keys": [{"address": hexed(BOB), "weight": 1}] * 2}),
        body(active_permission=[{"id": 2, "threshold": 1, "keys": [], "operations": "00"}]),
        body(active_permission=[{"id": 2, "threshold": 1, "keys": []}]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_account(liar: LyingNode, answer: Any) -> None:
    liar.on(GETACCOUNT, says(answer))
    with pytest.raises(OutcomeUnknown):
        asked(lambda node: account_of(node, ALICE))
