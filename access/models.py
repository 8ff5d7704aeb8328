"""Users, API keys and idempotency records."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models

from lucidpay.ids import new_id


class User(AbstractUser):
    """A person or a program that calls; its groups are its roles (``access/scopes.py``)."""

    def role_names(self) -> frozenset[str]:
        """Return the user's roles; a superuser has the role ``admin``."""
        names = frozenset(group.name for group in self.groups.all())
        return names | {"admin"} if self.is_superuser else names


class ApiKey(models.Model):
    """A bearer token of a user's program. Shown once; only its digest is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys"
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20, help_text="The part of the key that may be shown.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40))
    allowed_ips = ArrayField(
        models.GenericIPAddressField(),
        default=list,
        blank=True,
        help_text="Addresses that may use the key; empty: any.",
    )
    rate_limits = models.JSONField(
        default=dict, blank=True, help_text='Calls a minute by endpoint; "*" is any other.'
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyRecord(models.Model):
    """The first answer to an ``Idempotency-Key``, stored in the transaction it stands for."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    endpoint = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField()
    response = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "endpoint", "key"], name="idempotency_key_once_per_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.key}"
