"""Fields that forms of the admin share."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget


class ReasonField(forms.CharField):
    """Why a person does something; asked for with every act.

    ``kept``: where it is kept, such as "in the payout's story". ``attributes`` are the field's in
    place of three rows that are typed into at once.
    """

    def __init__(self, *, max_length: int, kept: str = "", **attributes: Any) -> None:
        words = ("Kept", kept, "with your name, for good.")
        super().__init__(
            max_length=max_length,
            widget=UnfoldAdminTextareaWidget(attrs=attributes or {"rows": 3, "autofocus": True}),
            help_text=" ".join(word for word in words if word),
        )
