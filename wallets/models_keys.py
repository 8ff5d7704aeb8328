"""What is asked of those who can open the vault, and their answers, until they are read."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lucidpay.ids import new_id


class KeyRequest(models.Model):
    """One question of a process that cannot open the vault, for a worker that can.

    What is secret in it is in boxes: the words of a new wallet for the process that asked, the
    password of a backup for the vault. It is deleted when it is answered and read, or in time.
    """

    class Kind(models.TextChoices):
        """What is asked for."""

        WORDS = "words", "the words of a new wallet"
        BACKUP = "backup", "a backup of a key"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=6, choices=Kind)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.CASCADE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True)
    words = models.PositiveSmallIntegerField(null=True, help_text="How many.")
    reader = models.CharField(max_length=44, blank=True, help_text="Who can open the answer.")
    sealed_password = models.TextField(blank=True)
    sealed_words = models.TextField(blank=True)
    keystore = models.JSONField(null=True, help_text="A key under its owner's password.")
    error = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="words", words__isnull=False) & ~Q(reader="")
                | Q(kind="backup", words=None, reader=""),
                name="key_request_is_whole",
            ),
            models.UniqueConstraint(
                fields=["wallet"], condition=Q(kind="words"), name="key_request_words_once"
            ),
            models.UniqueConstraint(
                fields=["wallet", "owner"],
                condition=Q(kind="backup"),
                name="key_request_backup_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.wallet_id}"
