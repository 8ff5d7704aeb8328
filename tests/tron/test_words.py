"""What people are told of a transaction that one node alone has found."""

from tests.tron.chain import NOW
from tron.models import ChainTransaction, TxStatus
from tron.words import end_in_words


def test_one_that_a_second_node_has_not_confirmed_says_what_it_waits_for() -> None:
    tx = ChainTransaction(
        status=TxStatus.SENT, found=TxStatus.FAILED, result="REVERT", block_number=1_234
    )
    told = end_in_words(tx, now=NOW)
    assert "solid block 1,234" in told
    assert "REVERT" in told
    assert "A second node must say the same" in told


def test_one_that_nobody_has_found_does_not_speak_of_blocks() -> None:
    tx = ChainTransaction(status=TxStatus.SIGNED)
    assert end_in_words(tx, now=NOW) == "Signed and stored; not a byte of it has been sent yet."
