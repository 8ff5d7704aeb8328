"""How far ahead of the solid block was looked."""

from django.db import models


class GlanceCursor(models.Model):
    """The newest block that was looked at for payers who wait. One row, and only a hint."""

    number = models.BigIntegerField(default=0)
    block_id = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"block {self.number}"
