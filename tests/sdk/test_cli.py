"""The command line: what is paid is said before, and how to repeat it after."""

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lucidpay_client.testing import FakeLucidPay
from tests.local import port_free
from tests.platform.people import somebody
from tests.sdk.commands import Shell
from tests.sdk.conftest import SOURCE
from tests.waiting import until
from tests.webhooks.receiver import TAKEN, Receiver, Reply, Request, Served

WAIT_S = 60
TO = "TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg"


@pytest.fixture
def shell(fake: FakeLucidPay, tmp_path: Path) -> Shell:
    return Shell(tmp_path, fake.url, fake.api_key)


COLUMNS = "recipient_address,amount_usdt,reason,reference_id"


def _csv(shell: Shell, *rows: str, head: str = COLUMNS) -> str:
    path = shell.home / "payroll.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return str(path)


def test_it_says_what_it_pays_and_under_which_key(shell: Shell, fake: FakeLucidPay) -> None:
    said = shell.run("pay", TO, "12.50", "--reason", "salary")
    assert said.code == 0
    for word in ("12.50 USDT", TO, "salary", fake.url, "idempotency key lucidpay-client-"):
        assert word in said.err
    assert fake.payouts[0]["payout_id"] in said.out


def test_what_was_not_answered_is_repeated_by_the_command_it_names(
    shell: Shell, fake: FakeLucidPay
) -> None:
    fake.lose_answers(3)
    said = shell.run("pay", TO, "12.50", "--reason", "it's a salary")
    assert said.code == 6
    assert "NOT known" in said.err
    command = next(line for line in said.err.splitlines() if line.strip().startswith("lucidpay"))
    again = shell.run(*shlex.split(command)[1:])
    assert (again.code, len(fake.payouts)) == (0, 1)
    assert "nothing more is paid" in again.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["pay", "TWrong", "1", "--reason", "x"], 3),
        (["pay", TO, "1.234", "--reason", "x"], 3),
        (["pay", TO, "1,5", "--reason", "x"], 2),
        (["pay", TO, "1"], 2),
        (["pay", TO, "1", "--reason", "x", "--key", "ü"], 2),
        (["status", "payout_" + "0" * 32], 5),
        (["status", "evt_1"], 2),
        (["watch", "payout_" + "0" * 32], 5),
        (["nothing"], 2),
    ],
)
def test_each_refusal_has_its_code(
    shell: Shell, fake: FakeLucidPay, words: list[str], code: int
) -> None:
    assert shell.run(*words).code == code
    assert fake.payouts == []


def test_a_key_that_is_not_let_in_is_code_4(shell: Shell, fake: FakeLucidPay) -> None:
    assert Shell(shell.home, fake.url, "lp_test_wrong").run("stats").code == 4


def test_a_platform_that_is_not_there_is_code_9(shell: Shell) -> None:
    away = Shell(shell.home, f"http://127.0.0.1:{port_free()}", "lp_test_a")
    said = away.run("pay", TO, "1", "--reason", "x")
    assert said.code == 9
    assert "NOT known" not in said.err


def test_it_follows_a_payout_to_its_end(shell: Shell, fake: FakeLucidPay) -> None:
    shell.run("pay", TO, "1", "--reason", "x")
    payout_id = fake.payouts[0]["payout_id"]
    waits = shell.run("watch", payout_id, "--timeout-minutes", "0")
    assert (waits.code, "do NOT pay again" in waits.err) == (8, True)
    fake.step()
    fake.step()
    done = shell.run("watch", payout_id, "--json")
    assert (done.code, done.told[0]["status"]) == (0, "confirmed")


def test_a_payout_that_failed_is_code_7(shell: Shell, fake: FakeLucidPay) -> None:
    shell.run("pay", TO, "1", "--reason", "x")
    payout_id = fake.payouts[0]["payout_id"]
    fake.fail(payout_id)
    assert shell.run("watch", payout_id).code == 7


def test_json_goes_out_digit_for_digit_and_errors_too(shell: Shell) -> None:
    said = shell.run("pay", TO, "9999.99", "--reason", "x", "--json")
    assert '"amount_usdt":9999.99' in said.out
    assert json.loads(said.err)["idempotency_key"]
    refused = shell.run("pay", "TWrong", "1", "--reason", "x", "--json")
    told = json.loads(refused.err.splitlines()[-1])
    assert (refused.out, told["code"], told["outcome_unknown"]) == ("", "LUCID_ERR_2001", False)


def test_a_file_is_paid_once_however_often_it_is_run(shell: Shell, fake: FakeLucidPay) -> None:
    file = _csv(shell, f"{TO},1.25,a,", f"{somebody()},2.50,,r-2")
    fake.lose_answers(3)
    assert shell.run("batch", file).code == 6
    again = shell.run("batch", file)
    assert again.code == 0
    assert "3.75 USDT to 2 rows" in again.err
    assert "nothing more is paid" in again.err
    assert len(fake.payouts) == 2
    # In another way it is refused rather than paid twice.
    assert shell.run("batch", file, "--release", "IMMEDIATE").code == 3
    assert len(fake.payouts) == 2


def test_a_file_is_paid_anew_only_when_that_is_said(shell: Shell, fake: FakeLucidPay) -> None:
    file = _csv(shell, f"{TO},1.25,salary,")
    for words in ([], [], ["--again", "february"]):
        assert shell.run("batch", file, *words).code == 0
    assert len(fake.payouts) == 2


def test_an_edited_file_cannot_pay_a_reference_again(shell: Shell, fake: FakeLucidPay) -> None:
    assert shell.run("batch", _csv(shell, f"{TO},1.25,,r-1")).code == 0
    edited = _csv(shell, f"{TO},1.25,,r-1", f"{TO},2,,r-2")
    assert shell.run("batch", edited).code == 3
    assert len(fake.payouts) == 1


def test_a_long_file_goes_on_where_it_stopped(shell: Shell, fake: FakeLucidPay) -> None:
    file = _csv(shell, *[f"{TO},1.25,,r-{number}" for number in range(150)])
    assert shell.run("batch", file).code == 0
    assert len(fake.payouts) == 150
    again = shell.run("batch", file, "--json")
    assert [one["replayed"] for one in again.told] == [True, True]


def test_a_file_of_which_a_part_was_refused_is_code_10(shell: Shell, fake: FakeLucidPay) -> None:
    rows = [f"{TO},1.25,,r-{number}" for number in range(101)]
    good, bad = _csv(shell, *rows), shell.home / "bad.csv"
    bad.write_text(Path(good).read_text().replace(f"{TO},1.25,,r-100", "TWrong,1.25,,r-100"))
    said = shell.run("batch", str(bad))
    assert (said.code, "1 of 2 batches were made" in said.err) == (10, True)
    mended = shell.run("batch", good)
    assert (mended.code, len(fake.payouts)) == (0, 101)


@pytest.mark.parametrize(
    ("rows", "head", "told"),
    [
        ([f"{TO},1.25,a"], "recipient_address,amount_usdt,note", "columns"),
        ([f"{TO},1.25,a,,more"], None, "Line 2"),
        ([f"{TO},1.25"], None, "Line 2"),
        ([f"{TO},1.25,a,", f'{TO},"1,25",b,'], None, "Line 3"),
        ([f"{TO},,a,"], None, "Line 2"),
        ([f"{TO},1.25,,"], None, "Line 2"),
        ([f"{TO},1.25,99"], "recipient_address,amount_usdt,amount_usdt", "columns"),
        ([f'{TO},"1.25'], None, "no CSV"),
        ([], None, "no rows"),
    ],
)
def test_a_file_with_a_fault_pays_nobody(
    shell: Shell, fake: FakeLucidPay, rows: list[str], head: str | None, told: str
) -> None:
    said = shell.run("batch", _csv(shell, *rows, **({"head": head} if head else {})))
    assert (said.code, told in said.err) == (2, True), said.err
    assert fake.payouts == []


def test_a_profile_is_kept_where_only_its_owner_reads(tmp_path: Path, fake: FakeLucidPay) -> None:
    shell = Shell(tmp_path)
    assert shell.run("stats").code == 2
    kept = shell.run("configure", "--url", fake.url, typed=f"{fake.api_key}\n")
    assert (kept.code, fake.api_key in kept.out + kept.err) == (0, False)
    shell.run("configure", "--profile", "other", "--url", fake.url, typed="lp_test_wrong\n")
    file = tmp_path / ".config" / "lucidpay" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert shell.run("pay", TO, "1", "--reason", "x").code == 0
    assert shell.run("pay", TO, "1", "--reason", "x", "--profile", "other").code == 4
    file.chmod(0o644)
    assert "chmod 600" in shell.run("stats").err


def test_the_environment_wins_over_a_profile(tmp_path: Path, fake: FakeLucidPay) -> None:
    Shell(tmp_path).run("configure", "--url", "http://127.0.0.1:1", typed="lp_test_wrong\n")
    assert Shell(tmp_path, fake.url, fake.api_key).run("pay", TO, "1", "--reason", "x").code == 0


def test_the_key_of_a_profile_goes_to_no_other_platform(tmp_path: Path, fake: FakeLucidPay) -> None:
    Shell(tmp_path).run("configure", "--url", "http://127.0.0.1:1", typed=f"{fake.api_key}\n")
    said = Shell(tmp_path, fake.url).run("pay", TO, "1", "--reason", "x")
    assert (said.code, "LUCIDPAY_API_KEY" in said.err) == (2, True)
    assert fake.payouts == []


def test_what_others_wrote_does_not_steer_the_terminal(shell: Shell, fake: FakeLucidPay) -> None:
    shell.run("pay", TO, "1", "--reason", "x")
    fake.fail(fake.payouts[0]["payout_id"], "\x1b[2Jgone\rpaid")
    assert "\x1b" not in shell.run("status", fake.payouts[0]["payout_id"]).out


def test_a_ctrl_c_while_it_is_sent_says_how_to_repeat(tmp_path: Path) -> None:
    gate = threading.Event()

    def late(request: Request, earlier: int) -> Reply:
        gate.wait(WAIT_S)
        return TAKEN

    with Served(Receiver(reply=late)) as slow:
        environ = {**Shell(tmp_path, slow.url, "lp_test_a").environ, "PYTHONPATH": str(SOURCE)}
        command = [sys.executable, "-m", "lucidpay_client.cli", "pay", TO, "1", "--reason", "x"]
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as paying:
            until("it was sent", lambda: slow.requests)
            paying.send_signal(signal.SIGINT)
            _, said = paying.communicate(timeout=WAIT_S)
        gate.set()
    key = slow.requests[0].headers["idempotency-key"]
    assert (paying.returncode, f"--key={key}" in said) == (6, True), said


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_it_completes_in_a_shell(tmp_path: Path, name: str) -> None:
    assert "_LUCIDPAY_COMPLETE" in Shell(tmp_path).run("completion", name).out


def test_it_is_a_program() -> None:
    environ = {"PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    asked = {"_LUCIDPAY_COMPLETE": "bash_complete", "COMP_WORDS": "lucidpay st", "COMP_CWORD": "1"}
    command = [sys.executable, "-m", "lucidpay_client.cli"]
    done = subprocess.run(command, env=environ | asked, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["plain,stats", "plain,status"]
