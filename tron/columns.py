"""Columns that belong to the chain."""

from typing import Any

from django.db import models

from tron.address import address_parse


class AddressBody(models.BinaryField):
    """The 20 bytes of the address in another column of the row, written with it by itself.

    Logs and transactions name addresses so. Of a busy block's hundreds few are watched, and to
    write all of them for people, only to look them up, would take longer than all the rest.
    """

    def __init__(self, *args: Any, of: str = "address", **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{**kwargs, "editable": False})

    def deconstruct(self) -> Any:
        """Return how a migration makes it."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:
        """Return the body of the address; raises ``InvalidAddress``."""
        body = address_parse(getattr(model_instance, self.of))[1:]
        setattr(model_instance, self.attname, body)
        return body
