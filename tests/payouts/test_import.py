"""Importing payout files: all rows are right, or nothing is written; and never twice."""

import csv
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import User
from lucidpay.clock import utc_now
from payouts.files.result import guarded
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.batch import batch_cancel
from tests import builders
from tests.api.client import nothing_written
from tests.payouts.test_sign import sign_all
from webhooks.models import Event

HEADER = ["recipient_address", "amount_usdt", "reason", "reference_id"]


@pytest.fixture
def owner(db: None) -> User:
    """The user whose payouts they are."""
    builders.hot_wallet()
    return builders.user(username="payroll")


def csv_file(folder: Path, *rows: list[Any], header: list[str] = HEADER, name: str = "pay") -> Path:
    """Write a CSV file of these rows."""
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def xlsx_file(folder: Path, *rows: list[Any], header: list[str] = HEADER) -> Path:
    """Write a workbook of these rows."""
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    path = folder / "pay.xlsx"
    book.save(path)
    return path


def rows_of(count: int, **fields: Any) -> list[list[Any]]:
    """Return rows that are right."""
    amount = fields.get("amount", "1.25")
    return [[builders.address(), amount, "salary", f"r{row}"] for row in range(count)]


def run(path: Path, *words: str, owner: str = "payroll") -> str:
    """Import a file and return what is said."""
    out = StringIO()
    call_command("import_payouts", str(path), "--owner", owner, *words, stdout=out)
    return out.getvalue()


def refusal(path: Path, *words: str, **fields: str) -> str:
    """Import a file that is refused, and return why."""
    out = StringIO()
    owner = fields.get("owner", "payroll")
    with nothing_written(), pytest.raises(CommandError) as caught:
        call_command("import_payouts", str(path), "--owner", owner, *words, stdout=out)
    return out.getvalue() + str(caught.value)


def result(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file's result."""
    with path.with_name(f"{path.name}.result.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
def test_a_file_is_one_batch_in_its_order(owner: User, tmp_path: Path, write: Any) -> None:
    rows = rows_of(3)
    path = write(tmp_path, *rows)
    said = run(path, "--batch-type", "DAILY", "--priority", "HIGH")
    batch = Batch.objects.get()
    assert "3 rows, 3.75 USDT to 3 recipients" in said
    assert batch.public_id in said
    payouts = list(batch.payout_set.order_by("batch_row"))
    assert [one.recipient_address for one in payouts] == [row[0] for row in rows]
    assert {(one.owner, one.batch_type, one.get_priority_display(), one.amount_micro)
            for one in payouts} == {(owner, "DAILY", "HIGH", 1_250_000)}  # fmt: skip
    assert Event.objects.filter(type="payout.created").count() == 3
    assert Event.objects.filter(type="batch.created").count() == 1
    assert [one.kind for one in batch.events.order_by("pk")] == ["created", "filled"]


def test_running_it_again_changes_nothing(owner: User, tmp_path: Path) -> None:
    path = csv_file(tmp_path, *rows_of(3))
    run(path)
    with nothing_written():
        assert "imported before" in run(path)
        assert "imported before" in run(path, "--dry-run")
    renamed = path.rename(tmp_path / "again.csv")
    with nothing_written():
        run(renamed)


def test_another_key_is_another_batch(owner: User, tmp_path: Path) -> None:
    path = csv_file(tmp_path, [builders.address(), 1, "bonus", ""])
    run(path)
    run(path, "--key", "once more")
    assert (Batch.objects.count(), Payout.objects.count()) == (2, 2)


def test_other_options_for_the_same_file_are_refused(owner: User, tmp_path: Path) -> None:
    path = csv_file(tmp_path, *rows_of(1))
    run(path)
    assert "other options" in refusal(path, "--batch-type", "WEEKLY")


def test_a_dry_run_writes_nothing(owner: User, tmp_path: Path) -> None:
    again = [builders.address(), "2", "x", ""]
    path = csv_file(tmp_path, again, again)
    with nothing_written():
        said = run(path, "--dry-run")
    assert "2 rows, 4 USDT to 1 recipients" in said
    assert "1 rows pay the same amount to the same recipient" in said
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["x", "1", "a", ""], "row 3: recipient_address: Not a TRON address"),
        ([..., "0", "a", ""], "row 3: amount_usdt: The amount must be from 0.01 to 10000."),
        ([..., "1.234", "a", ""], "row 3: amount_usdt: At most 2 decimals"),
        ([..., "1,5", "a", ""], "row 3: amount_usdt: A number or a decimal string"),
        ([..., "1e3", "a", ""], "row 3: amount_usdt: A number or a decimal string"),
        ([..., "=1+1", "a", ""], "row 3: amount_usdt: A number or a decimal string"),
        ([..., "-5", "a", ""], "row 3: amount_usdt: A number or a decimal string"),
        ([..., "", "a", ""], "row 3: amount_usdt: This field is required."),
        ([..., "1", "", ""], "row 3: reason: Give reason or reference_id, or both."),
        ([..., "1", "a", "r0"], "row 3: reference_id: Stands in row 2 as well."),
        ([..., "1", "a", "taken"], "row 3: reference_id: Belongs to payout_"),
        ([..., "1", "a\nb", ""], "row 3: reason: Control characters"),
        ([..., "1", "a", "", "more"], "row 3: row: It has more cells than the header"),
        (["", "", "", ""], "row 3: recipient_address: This field is required."),
    ],
)
def test_a_row_that_is_wrong_is_named_and_refuses_all(
    owner: User, tmp_path: Path, row: list[Any], said: str
) -> None:
    builders.payout(owner, reference_id="taken")
    first, last = rows_of(1)[0], [builders.address(), "1", "a", "last"]
    wrong = [builders.address() if cell is ... else cell for cell in row]
    text = refusal(csv_file(tmp_path, first, wrong, last))
    assert said in text
    assert "Nothing was written" in text


def test_every_wrong_row_is_named(owner: User, tmp_path: Path) -> None:
    text = refusal(csv_file(tmp_path, ["x", "0", "a", ""], *rows_of(600), ["y", "1", "a", ""]))
    for said in ("row 2: recipient_address", "row 2: amount_usdt", "row 603: recipient_address",
                 "3 faults"):  # fmt: skip
        assert said in text


@pytest.mark.parametrize(
    ("cell", "micro"),
    [(10.1, 10_100_000), (10, 10_000_000), ("10.10", 10_100_000), (0.01, 10_000),
     (9999.99, 9_999_990_000), (0.07, 70_000), (1.15, 1_150_000)],
)  # fmt: skip
def test_numbers_of_a_workbook_are_exact(
    owner: User, tmp_path: Path, cell: Any, micro: int
) -> None:
    run(xlsx_file(tmp_path, [builders.address(), cell, "a", 1843]))
    payout = Payout.objects.get()
    assert (payout.amount_micro, payout.reference_id) == (micro, "1843")


def test_a_sum_that_a_spreadsheet_rounds_when_it_shows_it_is_refused(
    owner: User, tmp_path: Path
) -> None:
    path = xlsx_file(tmp_path, [builders.address(), 0.3, "a", "r"])
    shown = path.with_name("sum.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(shown, "w") as new:
        for item in old.namelist():
            new.writestr(item, old.read(item).replace(b"<v>0.3</v>", b"<v>0.30000000000000004</v>"))
    assert "row 2: amount_usdt: At most 2 decimals" in refusal(shown)
    run(path)


@pytest.mark.parametrize("cell", [10.001, True, "=1+1", 1e300, utc_now().date()])
def test_other_cells_of_a_workbook_are_refused(owner: User, tmp_path: Path, cell: Any) -> None:
    text = refusal(xlsx_file(tmp_path, [builders.address(), cell, "a", "r"]))
    assert "row 2: amount_usdt:" in text


def test_columns_may_stand_in_any_order_and_form(owner: User, tmp_path: Path) -> None:
    text = "Amount_USDT ;METADATA;recipient_address;reason\n"
    text += f' 1.5 ;"{{""a"": 1.10}}";{builders.address()};é\n\n\n'
    path = tmp_path / "pay.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    run(path)
    payout = Payout.objects.get()
    assert (payout.amount_micro, payout.reason) == (1_500_000, "é")
    assert str(payout.metadata["a"]) == "1.10"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"recipient_address\nx\n", "a.csv", "lacks: amount_usdt"),
        (b"recipient_address,amount_usdt,amout\n", "a.csv", "unknown: amout"),
        (b"recipient_address,amount_usdt,amount_usdt\n", "a.csv", "has twice: amount_usdt"),
        (b"recipient_address,amount_usdt\n", "a.csv", "no rows"),
        (b"", "a.csv", "lacks"),
        (b"recipient_address,amount_usdt\n\xff,1\n", "a.csv", "not UTF-8"),
        (b'recipient_address,amount_usdt\n"x"y,1\n', "a.csv", "no CSV"),
        (b"not a zip", "a.xlsx", "no XLSX workbook"),
        (b"x", "a.ods", "neither .csv nor .xlsx"),
    ],
)
def test_a_file_that_is_none_is_refused(
    owner: User, tmp_path: Path, content: bytes, name: str, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert said in refusal(path)


def test_a_file_that_is_not_there_is_refused(owner: User, tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (r'{"a": "\u0000"}', "NUL"),
        (r'{"a": "\ud800"}', "surrogate"),
        ('{"a": 1e9999999999999999999}', "not valid JSON"),
        ('{"a":' * 30 + "1" + "}" * 30, "nested deeper"),
        ("[" * 60_000, "not valid JSON"),
    ],
)
def test_json_that_cannot_be_stored_is_refused_with_its_row(
    owner: User, tmp_path: Path, metadata: str, said: str
) -> None:
    row = [builders.address(), "1", "a", metadata]
    path = csv_file(tmp_path, row, header=[*HEADER[:3], "metadata"])
    told = refusal(path)
    assert "row 2: metadata: " in told
    assert said.lower() in told.lower()


def sheet_of(path: Path, rows: str) -> None:
    """Put rows of XML behind the header of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"</sheetData>", f"{rows}</sheetData>".encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>', "empty rows"),
        ('<row r="2"><c r="A2" t="s"><v>999</v></c></row>', "no XLSX workbook"),
        # A reader of spreadsheets would leave it out, and somebody would not be paid.
        ('<row r="2"><c r="A2"><v>1</v></c></row>' * 2, "row 2 stands behind row 2"),
        ('<row r="0"><c r="A0"><v>1</v></c></row>', "row 0 stands behind row 1"),
    ],
)
def test_a_workbook_that_lies_about_its_rows_is_refused(
    owner: User, tmp_path: Path, rows: str, said: str
) -> None:
    path = xlsx_file(tmp_path)
    sheet_of(path, rows)
    assert said in refusal(path)


def test_a_workbook_that_is_encrypted_is_refused(owner: User, tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, *rows_of(1))
    content = path.read_bytes()
    # The flag of each part, in its own header and in the archive's directory.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            flag = bytes([content[at + offset] | 1])
            content = content[: at + offset] + flag + content[at + offset + 1 :]
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    assert "encrypted" in refusal(path)


def test_a_workbook_with_two_sheets_is_refused(owner: User, tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, *rows_of(1))
    book = openpyxl.load_workbook(path)
    book.create_sheet("more")
    book.save(path)
    assert "several sheets" in refusal(path)


def test_rows_and_money_are_bounded(owner: User, tmp_path: Path, settings: Any) -> None:
    path = csv_file(tmp_path, *rows_of(3))
    settings.IMPORT_ROWS_MAX = 2
    assert "more than 2 rows" in refusal(path)
    settings.IMPORT_ROWS_MAX, settings.IMPORT_AMOUNT_MAX_USDT = 3, 3
    assert "3.75 USDT is more than IMPORT_AMOUNT_MAX_USDT" in refusal(path)


def test_only_those_who_may_ask_for_payouts_own_them(owner: User, tmp_path: Path) -> None:
    builders.user("auditor", username="looks")
    builders.user(username="gone", is_active=False)
    path = csv_file(tmp_path, *rows_of(1))
    for name in ("looks", "gone", "nobody"):
        assert name in refusal(path, owner=name)


def test_the_result_tells_what_became_of_each_row(owner: User, tmp_path: Path) -> None:
    rows = rows_of(2)
    rows[1][3] = "=HYPERLINK(1)"
    path = csv_file(tmp_path, *rows)
    run(path, "--batch-type", "IMMEDIATE")
    first, second = Payout.objects.order_by("batch_row")
    assert [one["status"] for one in result(path)] == ["pending", "pending"]
    builders.end(first, "confirmed")
    builders.end(second, "cancelled")
    with nothing_written():
        run(path, "--result")
    told = result(path)
    assert [(one["row"], one["payout_id"]) for one in told] == [
        ("2", first.public_id), ("3", second.public_id)
    ]  # fmt: skip
    first = Payout.objects.select_related("transaction").get(pk=first.pk)
    assert (told[0]["txid"], told[0]["fee_trx"]) == (first.transaction.txid, "13.5")
    assert (told[1]["status"], told[1]["txid"]) == ("cancelled", "")
    assert told[1]["reference_id"] == "'=HYPERLINK(1)"
    assert [one["amount_usdt"] for one in told] == ["1.25", "1.25"]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_of_a_result_is_a_formula(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


def test_the_result_of_a_file_that_was_never_imported_is_refused(
    owner: User, tmp_path: Path
) -> None:
    assert "never imported" in refusal(csv_file(tmp_path, *rows_of(1)), "--result")


def test_none_is_signed_before_the_last_row_is_in(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.management.commands.import_payouts.CHUNK", 2)
    path = csv_file(tmp_path, *rows_of(5))
    _stop_after(monkeypatch, chunks=2)
    with pytest.raises(KeyboardInterrupt):
        run(path, "--batch-type", "IMMEDIATE")
    batch = Batch.objects.get()
    assert (Payout.objects.count(), batch.rows_stored, batch.filled_at) == (4, 4, None)
    for payout in Payout.objects.all():
        builders.screened(payout)
    assert sign_all(Payout.objects.first().wallet) == 0

    monkeypatch.undo()
    run(path, "--batch-type", "IMMEDIATE")
    for payout in Payout.objects.all():
        builders.screened(payout)
    assert sign_all(Payout.objects.first().wallet) == 5
    assert list(Payout.objects.order_by("pk").values_list("batch_row", flat=True)) == [*range(5)]


def test_a_batch_that_was_cancelled_halfway_takes_no_more_rows(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.management.commands.import_payouts.CHUNK", 2)
    path = csv_file(tmp_path, *rows_of(5))
    _stop_after(monkeypatch, chunks=1)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    monkeypatch.undo()
    done = batch_cancel(batch_id=Batch.objects.get().pk, by="x", reason="", now=utc_now())
    assert (done.cancelled, done.standing.open, done.standing.status(utc_now())) == (
        2, 0, "cancelled"
    )  # fmt: skip
    assert "was cancelled" in refusal(path)


def _stop_after(monkeypatch: pytest.MonkeyPatch, *, chunks: int) -> None:
    """Let the import end, as by Ctrl-C, after this many chunks."""
    from payouts.management.commands import import_payouts

    real, done = import_payouts.import_rows, []

    def stored(**words: Any) -> int:
        if len(done) == chunks:
            raise KeyboardInterrupt
        done.append(1)
        return real(**words)

    monkeypatch.setattr(import_payouts, "import_rows", stored)


def test_a_chunk_costs_the_same_however_many_rows_it_has(owner: User, tmp_path: Path) -> None:
    def statements(count: int) -> int:
        rows = [[builders.address(), "1", "a", f"{count}-{row}"] for row in range(count)]
        path = csv_file(tmp_path, *rows, name=str(count))
        with CaptureQueriesContext(connection) as caught:
            run(path)
        return len(caught)

    assert statements(1) == statements(200)
