"""The kill switch from outside: easy to pull, the admin's to let go, and it stops the sender."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lucidpay.clock import utc_now
from tests.api.client import Api, caller, nothing_written, refused
from tron.halt import halt, open_halts
from tron.models import Halt, HaltCause

SWITCH = "/tron/kill-switch"
PULL = {"on": True, "reason": "something smells"}
pytestmark = pytest.mark.django_db


def trip(subject: str = "tx") -> Halt:
    return halt(cause=HaltCause.OUTFLOW, subject=subject, reason="r", by="books", now=utc_now())


def let_go(*halts: Any, **fields: Any) -> dict[str, Any]:
    return {"on": False, "reason": "understood", "halts": [one.pk for one in halts], **fields}


@pytest.mark.contract("C-KILL-1")
def test_it_tells_why_all_stands_still(operator: Api) -> None:
    assert operator.get(SWITCH).body == {"on": False, "halts": []}
    made = trip()
    for path in (SWITCH, f"{SWITCH}/"):
        body = operator.get(path).body
        assert body["on"] is True
        (told,) = body["halts"]
        assert list(told) == ["id", "cause", "subject", "reason", "by", "at"]
        assert (told["id"], told["cause"], told["subject"]) == (made.pk, "outflow", "tx")
        assert told["at"].endswith("Z")


@pytest.mark.contract("C-KILL-2")
def test_whoever_cancels_for_everybody_pulls_it(operator: Api) -> None:
    answer = operator.post(SWITCH, PULL)
    assert answer.status == 200
    assert answer.body["on"] is True
    (made,) = open_halts()
    assert operator.user
    assert (made.cause, made.reason, made.by) == (
        "operator", "something smells", operator.user.username,
    )  # fmt: skip
    assert operator.post(f"{SWITCH}/", PULL).body == answer.body  # pulled twice is pulled


def test_what_one_person_stopped_is_not_lifted_with_another_s(operator: Api) -> None:
    admin = caller("admin")
    assert len(operator.post(SWITCH, PULL).body["halts"]) == 1
    (first, *_) = operator.post(SWITCH, {**PULL, "reason": "and a key is lost"}).body["halts"]
    halts = admin.post(SWITCH, PULL).body["halts"]
    assert [one["reason"] for one in halts] == [PULL["reason"], "and a key is lost", PULL["reason"]]
    left = admin.post(SWITCH, {"on": False, "reason": "found", "halts": [first["id"]]}).body
    assert left["on"] is True
    assert len(left["halts"]) == 2


@pytest.mark.contract("C-KILL-2")
def test_only_an_admin_lets_go_and_of_what_is_named(operator: Api) -> None:
    first, second = trip("a"), trip("b")
    refused(operator.post(SWITCH, let_go(first)), 403, "LUCID_ERR_2010")
    assert len(open_halts()) == 2
    admin = caller("admin")
    answer = admin.post(SWITCH, let_go(first))
    assert [one["id"] for one in answer.body["halts"]] == [second.pk]
    assert answer.body["on"] is True
    assert admin.user
    lifted = Halt.objects.get(pk=first.pk)
    assert (lifted.lifted_by, lifted.lifted_reason) == (admin.user.username, "understood")
    refused(admin.post(SWITCH, let_go(first)), 409, "LUCID_ERR_1005")
    assert admin.post(SWITCH, let_go(second)).body == {"on": False, "halts": []}


@pytest.mark.contract("C-KILL-2")
def test_a_key_for_letting_go_does_not_pull_and_the_other_way_round() -> None:
    made = trip()
    lifter = caller("admin", scopes=["service:manage"])
    refused(lifter.post(SWITCH, PULL), 403, "LUCID_ERR_2010")
    puller = caller("admin", scopes=["payouts:cancel"])
    refused(puller.post(SWITCH, let_go(made)), 403, "LUCID_ERR_2010")
    refused(puller.get(SWITCH), 403, "LUCID_ERR_2010")
    assert puller.post(SWITCH, PULL).status == 200
    assert lifter.post(SWITCH, let_go(*open_halts())).body["on"] is False


@pytest.mark.contract("C-KILL-1", "C-KILL-2")
@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant"])
def test_who_sees_only_their_own_neither_sees_nor_pulls_it(role: str) -> None:
    other = caller(role)
    refused(other.get(SWITCH), 403, "LUCID_ERR_2010")
    refused(other.post(SWITCH, PULL), 403, "LUCID_ERR_2010")
    assert open_halts() == []


@pytest.mark.contract("C-KILL-1", "C-KILL-2")
def test_an_auditor_sees_it_and_pulls_nothing(auditor: Api) -> None:
    assert auditor.get(SWITCH).status == 200
    refused(auditor.post(SWITCH, PULL), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-AUTH-2")
def test_it_is_shut_without_credentials() -> None:
    refused(Api().get(SWITCH), 401, "LUCID_ERR_1002")
    refused(Api().post(SWITCH, PULL), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-KILL-3", "C-ERR-6")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x"}, "on"),
        ({"on": True}, "reason"),
        ({"on": True, "reason": " "}, "reason"),
        ({"on": True, "reason": "x" * 501}, "reason"),
        ({"on": "true", "reason": "x"}, "on"),
        ({"on": 1, "reason": "x"}, "on"),
        ({"on": None, "reason": "x"}, "on"),
        ({"on": True, "reason": "x", "halts": [1]}, "halts"),
        ({"on": False, "reason": "x"}, "halts"),
        ({"on": False, "reason": "x", "halts": []}, "halts"),
        ({"on": False, "reason": "x", "halts": ["1"]}, "halts[0]"),
        ({"on": False, "reason": "x", "halts": [True]}, "halts[0]"),
        ({"on": False, "reason": "x", "halts": [2**63]}, "halts[0]"),
        ({"on": False, "reason": "x", "halts": [1.5]}, "halts[0]"),
        ({"on": False, "reason": "x", "halts": "all"}, "halts"),
        ({"on": True, "reason": "x", "why": "y"}, "why"),
    ],
)
def test_it_refuses_what_could_be_meant_otherwise(body: dict, field: str) -> None:
    admin = caller("admin")
    with nothing_written():
        details = refused(admin.post(SWITCH, body), 400, "LUCID_ERR_1001")
    assert list(details) == [field]


@pytest.mark.contract("C-ERR-5", "C-RATE-1")
def test_it_takes_no_query_and_is_limited(operator: Api) -> None:
    refused(operator.get(f"{SWITCH}?on=true"), 400, "LUCID_ERR_1001")
    refused(operator.call("DELETE", SWITCH), 405, "LUCID_ERR_1004")
    limited = caller("operator", rate_limits={})
    headers = limited.get(SWITCH).headers
    assert headers["X-RateLimit-Limit"] == "60"
    assert limited.post(SWITCH, PULL).headers["X-RateLimit-Limit"] == "10"


def test_the_command_pulls_shows_and_lets_go(capsys: Any) -> None:
    call_command("kill_switch")
    assert capsys.readouterr().out.strip() == "off"
    call_command("kill_switch", "on", "--reason", "drill", "--by", "ann")
    (made,) = open_halts()
    shown = capsys.readouterr().out
    assert f"{made.pk}  operator" in shown
    assert "drill" in shown
    assert made.by == "ann"
    for wrong in (
        ["on"],
        ["off", "--halts", str(made.pk)],
        ["off", "--reason", "x"],
        ["off", "--reason", "x", "--halts", "a"],
        ["off", "--reason", "x", "--halts", str(made.pk + 1)],
    ):
        with pytest.raises(CommandError):
            call_command("kill_switch", *wrong)
    assert len(open_halts()) == 1
    call_command("kill_switch", "off", "--reason", "over", "--halts", f"{made.pk}, 7")
    assert open_halts() == []
    assert Halt.objects.get().lifted_by
