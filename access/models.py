"""Users, API keys, logins and idempotency records."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from access.audit import audited
from access.rights import gives_rights
from lucidpay.ids import new_id

SUPERUSER_ROLE = "admin"


@gives_rights(exclude=["last_login"])
@audited(secret=["password"], exclude=["last_login"])
class User(AbstractUser):
    """A person or a program that calls; its groups are its roles (``access/scopes.py``)."""

    login_epoch = models.PositiveIntegerField(
        default=0, help_text="Raised to end every login of this user."
    )

    def role_names(self) -> frozenset[str]:
        """Return the user's roles; a superuser has the role ``admin``."""
        return self.roles_among([group.name for group in self.groups.all()])

    def roles_among(self, group_names: list[str]) -> frozenset[str]:
        """Return the user's roles when the names of the groups are known already."""
        names = frozenset(group_names)
        return names | {SUPERUSER_ROLE} if self.is_superuser else names

    def get_session_auth_hash(self) -> str:
        """Return what every login of this user rests on, of the admin and of the API.

        Another password ends them all, and so does a raised ``login_epoch``.
        """
        stands_on = f"{self.password}:{self.login_epoch}"
        return salted_hmac("access.User.login", stands_on, algorithm="sha256").hexdigest()


@gives_rights(inserted=True)
@audited()
class UserRole(User.groups.through):  # type: ignore[name-defined]
    """Who has which role. Django makes the table; this name lets the audit trail see it."""

    class Meta:
        proxy = True


@gives_rights()
@audited(app_label="access")
class Role(Group):
    """A group. Its name is what gives it scopes, so a changed name is a change of rights."""

    class Meta:
        proxy = True


@gives_rights(exclude=["last_used_at", "last_used_ip"])
@audited(secret=["digest"], exclude=["last_used_at", "last_used_ip"])
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
        models.CharField(max_length=43),
        default=list,
        blank=True,
        help_text="Addresses and networks that may use the key; empty: any.",
    )
    rate_limits = models.JSONField(
        default=dict, blank=True, help_text='Calls a minute by endpoint; "*" is any other.'
    )
    rotated_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor"
    )
    origin_id = models.UUIDField(
        null=True,  # in the trail of keys that were made before lines were known
        editable=False,
        help_text="The first key of the line of rotations, by which its limits are kept.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"
        constraints = [
            # Without it no limit of the key would be found.
            models.CheckConstraint(
                condition=Q(origin_id__isnull=False), name="api_key_has_its_line"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def has_ended(self, now: datetime) -> bool:
        """Return whether it opens nothing any more."""
        is_over = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is not None or is_over


@gives_rights(
    exclude=["refresh_jti", "expires_at"],
    # Each login clears what has expired, and retention does: no access token lives as long.
    deleted="OLD.ended_at IS NULL AND OLD.expires_at > now()",
)
class TokenFamily(models.Model):
    """All JWTs that follow from one login. One refresh token of it is good: the newest.

    No token is stored. What an end of the family ends, access tokens too, ends at the next call.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    auth_hash = models.CharField(max_length=64, help_text="What the login rested on.")
    refresh_jti = models.CharField(max_length=32, help_text="The refresh token whose turn it is.")
    address = models.CharField(max_length=45, blank=True, help_text="Where the login came from.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="When its newest refresh token expires.")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return str(self.pk)


@audited(secret=["sealed_secret", "recovery_digests"], exclude=["last_step"])
class SecondFactor(models.Model):
    """An authenticator of a person: its secret sealed, its recovery codes as digests only.

    Never deleted: one that has ended keeps when and why, and nothing that would open anything.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factors"
    )
    sealed_secret = models.CharField(max_length=200, editable=False)
    recovery_digests = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, editable=False
    )
    last_step = models.BigIntegerField(
        default=0, editable=False, help_text="The 30 seconds whose code was accepted last."
    )
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=220, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(confirmed_at__isnull=False, ended_at=None),
                name="second_factor_one_stands",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(confirmed_at=None, ended_at=None),
                name="second_factor_one_is_begun",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(sealed_secret="", recovery_digests=[]),
                name="second_factor_ended_opens_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"


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
        indexes = [
            # What may be forgotten one day; those of payouts and payments never are.
            models.Index(
                fields=["created_at"],
                condition=~Q(endpoint__startswith="payouts.")
                & ~Q(endpoint__startswith="payments."),
                name="idempotency_to_forget",
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.key}"
