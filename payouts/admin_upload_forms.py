"""The forms by which a payout file comes in, and by which people say which column is what."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from payouts.files.read import COLUMNS, REQUIRED, Layout
from payouts.kinds import ROUTERS_HERE
from payouts.models import BatchType, Priority

HELP = {
    "recipient_address": "The TRON address that is paid: T and 33 more signs.",
    "amount_usdt": "In USDT, at most 2 decimals, with a point: 12.50.",
    "reference_id": "Yours, for one payout only: the same one is never paid twice.",
    "reason": "What it is for. Rows without one have the name of the batch.",
    "metadata": "A JSON object of yours.",
    "custom_data": "A JSON object of yours.",
    "session_id": "Yours.",
    "node_id": "Yours.",
}
LABELS = {"recipient_address": "Address", "amount_usdt": "Amount", "reference_id": "Reference"}
RARE = ("metadata", "custom_data", "session_id", "node_id")
HEADING_MAX = 40


class UploadForm(forms.Form):
    """A file, and how its payouts are paid."""

    file = forms.FileField(
        label="Payout file",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "lp-file"}),
    )
    name = forms.CharField(
        label="Name or reference of the batch",
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="What it pays for, such as “Payroll November 2026”.",
    )
    batch_type = forms.ChoiceField(
        label="Released",
        choices=BatchType.choices,
        initial=BatchType.HOURLY,
        widget=UnfoldAdminSelectWidget(),
        help_text="Nothing is paid before it is released and approved.",
    )
    priority = forms.TypedChoiceField(
        choices=[(one.value, one.label.lower()) for one in Priority],
        coerce=int,
        initial=Priority.NORMAL.value,
        widget=UnfoldAdminSelectWidget(),
        help_text="Of payouts that are due, the more urgent are signed first.",
    )
    router_type = forms.ChoiceField(
        label="Router",
        required=False,
        choices=[("", "chosen for each payout"), *((one.value, one.label) for one in ROUTERS_HERE)],
        widget=UnfoldAdminSelectWidget(),
        help_text="Chosen for each: KYC for recipients with a valid record, V0 for the others.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size, rows = filesizeformat(settings.UPLOAD_BYTES_MAX), settings.IMPORT_ROWS_MAX
        self.fields["file"].help_text = (
            f"CSV (UTF-8) or XLSX with one sheet, at most {size} and {rows:,} rows. "
            "A row for each payout; names and order of columns are yours."
        )

    def clean_file(self) -> UploadedFile:
        """Refuse what is larger than any payout file."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_BYTES_MAX:
            size = filesizeformat(settings.UPLOAD_BYTES_MAX)
            raise forms.ValidationError(f"It is larger than {size}. Split it.")
        return file


class ColumnsForm(forms.Form):
    """Which column of a file is what."""

    has_header = forms.BooleanField(
        label="The first row names the columns",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )

    def __init__(self, rows: Sequence[Sequence[str]], layout: Layout, data: Any = None) -> None:
        super().__init__(data)
        self.fields["has_header"].initial = layout.has_header
        width = max(map(len, rows), default=0)
        first = [*(rows[0] if rows else []), *[""] * width]
        choices = [(str(at), f"{letters(at)}: {first[at][:HEADING_MAX]}") for at in range(width)]
        for name in COLUMNS:
            is_required = name in REQUIRED
            empty = ("", "choose a column" if is_required else "not in this file")
            self.fields[name] = forms.ChoiceField(
                label=LABELS.get(name, name.replace("_", " ").capitalize()),
                required=is_required,
                choices=[empty, *choices],
                initial=str(layout.columns.get(name, "")),
                widget=UnfoldAdminSelectWidget(),
                help_text=HELP[name],
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a column that would be two things."""
        given = super().clean() or {}
        taken: dict[str, str] = {}
        for name in COLUMNS:
            place = given.get(name)
            if place and taken.setdefault(place, name) != name:
                other = self.fields[taken[place]].label
                self.add_error(name, f"This column is chosen as “{other}” as well.")
        return given

    @property
    def columns(self) -> dict[str, int]:
        """Return where each of our columns stands."""
        found = {name: self.cleaned_data[name] for name in COLUMNS}
        return {name: int(place) for name, place in found.items() if place}

    def usual(self) -> list[forms.BoundField]:
        """Return the fields that most files need."""
        return [self[name] for name in COLUMNS if name not in RARE]

    def rare(self) -> list[forms.BoundField]:
        """Return those that few files need."""
        return [self[name] for name in RARE]


def letters(place: int) -> str:
    """Return the name that spreadsheets give to a column: 0 is A, 26 is AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
