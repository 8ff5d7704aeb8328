"""No answer to a sending is success or failure of a payout; it only says what the node did."""

from typing import Any

import pytest

from tron.errors import NodeError, OutcomeUnknown, Refused, Throttled, Unreachable, WrongChain
from tron.models import TxStatus
from tron.outcomes import Outcome, answer_of, answer_of_error

NODE = "127.0.0.1:9090"
TXID = "ab" * 32
OTHER = "cd" * 32
# code, text (java-tron Wallet.broadcastTransaction and what it calls), what it tells of the node.
NAMED = [
    ("BLOCK_UNSOLIDIFIED", "Block unsolidified.", Outcome.NOT_HERE),
    ("NO_CONNECTION", "No connection.", Outcome.NOT_HERE),
    (
        "NOT_ENOUGH_EFFECTIVE_CONNECTION",
        "Effective connection:0 lt minEffectiveConnection:1",
        Outcome.UNKNOWN,
    ),
    ("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed.", Outcome.UNKNOWN),
    ("SERVER_BUSY", "Server busy.", Outcome.NOT_HERE),
    ("DUP_TRANSACTION_ERROR", "Dup transaction.", Outcome.KNOWN),
    ("DUP_TRANSACTION_ERROR", "Transaction already exists.", Outcome.UNKNOWN),
    ("CONTRACT_VALIDATE_ERROR", "Contract validate error : No contract!", Outcome.NOT_HERE),
    ("CONTRACT_VALIDATE_ERROR", "Contract validate error : account [T…]", Outcome.NOT_HERE),
    ("CONTRACT_EXE_ERROR", "Contract execute error : balance", Outcome.NOT_HERE),
    ("TRANSACTION_EXPIRATION_ERROR", "Transaction expired", Outcome.NOT_HERE),
    *(
        ("SIGERROR", f"Validate signature error: {text}", Outcome.NOT_HERE)
        for text in (
            "miss sig or contract",
            "too many signatures",
            "sig error",
            "Permission denied",
        )
    ),
    ("TAPOS_ERROR", "Tapos check error.", Outcome.NOT_HERE),
    ("TOO_BIG_TRANSACTION_ERROR", "Too big transaction", Outcome.NOT_HERE),
    ("BANDWITH_ERROR", "Account resource insufficient error.", Outcome.NOT_HERE),
    ("OTHER_ERROR", "Error: class java.lang.NullPointerException", Outcome.UNKNOWN),
    ("A_CODE_OF_A_LATER_VERSION", "", Outcome.UNKNOWN),
]
NONSENSE = [
    None,
    [],
    [{"result": True, "txid": TXID}],
    "",
    "SUCCESS",
    True,
    1,
    {},
    {"result": False},
    {"result": True},
    {"result": "true", "txid": TXID},
    {"result": 1, "txid": TXID},
    {"result": None, "txid": TXID},
    {"code": "SUCCESS", "txid": TXID},
    {"result": False, "code": "SUCCESS", "txid": TXID},
    {"result": True, "code": "SUCCESS", "message": ""},
    {"result": True, "code": "SUCCESS", "txid": None},
    {"code": None},
    {"code": 20},
    {"code": {"SIGERROR": 1}, "message": [1]},
    {"txid": {}},
    {"message": "Dup transaction."},
]


def test_only_a_clear_yes_to_our_txid_is_acceptance() -> None:
    reply = {"result": True, "code": "SUCCESS", "message": "", "transaction": "{}", "txid": TXID}
    assert answer_of(NODE, TXID, reply).outcome == Outcome.ACCEPTED
    short = {"result": True, "txid": TXID}
    assert answer_of(NODE, TXID, short).outcome == Outcome.ACCEPTED


@pytest.mark.parametrize(("code", "text", "expected"), NAMED)
def test_every_named_refusal_tells_of_the_node_only(
    code: str, text: str, expected: Outcome
) -> None:
    reply = {"result": False, "code": code, "message": text, "transaction": "{}", "txid": TXID}
    answer = answer_of(NODE, TXID, reply)
    assert (answer.node, answer.outcome, answer.code) == (NODE, expected, code)
    assert answer.message == text


@pytest.mark.parametrize("reply", NONSENSE, ids=repr)
def test_nonsense_is_unknown(reply: Any) -> None:
    assert answer_of(NODE, TXID, reply).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize("code", ["SUCCESS", "DUP_TRANSACTION_ERROR", "SIGERROR"])
@pytest.mark.parametrize("told", [OTHER, TXID.upper(), "", 0, False, {}, [TXID]])
def test_an_answer_about_another_transaction_is_unknown(code: str, told: Any) -> None:
    reply = {"result": True, "code": code, "txid": told}
    answer = answer_of(NODE, TXID, reply)
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "WRONG_TXID")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unreachable("no connection", node=NODE), Outcome.NOT_HERE),
        (Throttled("HTTP 429", node=NODE), Outcome.NOT_HERE),
        (OutcomeUnknown("TimeoutError", node=NODE), Outcome.UNKNOWN),
        (Refused("no", node=NODE), Outcome.NOT_HERE),
        (WrongChain("another genesis", node=NODE), Outcome.NOT_HERE),
    ],
)
def test_no_answer_is_at_most_not_here(error: NodeError, expected: Outcome) -> None:
    answer = answer_of_error(error)
    assert (answer.node, answer.outcome) == (NODE, expected)
    assert answer.code == type(error).__name__


def test_no_outcome_is_an_end() -> None:
    assert not set(Outcome) & set(TxStatus)


def test_what_a_node_says_fits_the_database_whatever_it_says() -> None:
    said = "\0\ud800\n" + "x" * 1_000
    for reply in ({"code": said, "message": said}, {"txid": said}):
        answer = answer_of(NODE, TXID, reply)
        assert len(answer.code) <= 60
        assert len(answer.message) <= 300
        assert answer.code.isprintable()
        assert answer.message.isprintable()
    answer = answer_of_error(OutcomeUnknown(said, node=NODE, code=said))
    assert len(answer.code) <= 60
    assert len(answer.message) <= 300
    assert (answer.code + answer.message).isprintable()
