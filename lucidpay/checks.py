"""Boot checks. Wrong settings stop the start, each with an id that the docs explain."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from access.services.second_factor import REQUIRED
from lucidpay.sealing import VAULTS, VaultMisconfigured, halves_match, vault_key_decode
from tron.address import InvalidAddress, address_parse
from tron.networks import network
from tron.route import keys_of_nobody, name_of, proxy
from wallets.models_deposit import DepositAddress
from webhooks.target_allowed import allow_list

SECRET_LENGTH_MIN = 50


def is_production() -> bool:
    """Return whether the settings are those of production."""
    return settings.SETTINGS_MODULE.endswith(".production")


@register()
def check_secret_key(**_: Any) -> list[Error]:
    """E001: production needs a strong secret key; without any it does not come this far."""
    key = settings.SECRET_KEY
    weak = len(key) < SECRET_LENGTH_MIN or len(set(key)) < 10 or "insecure" in key
    if not is_production() or not weak:
        return []
    return [
        Error(
            "SECRET_KEY is weak.",
            hint=f"Give {SECRET_LENGTH_MIN} or more random characters in SECRET_KEY_FILE.",
            id="lucidpay.E001",
        )
    ]


@register()
def check_second_factor(**_: Any) -> list[Warning]:
    """W001: in production a password alone should open no console that moves money."""
    if not is_production() or settings.STAFF_SECOND_FACTOR == REQUIRED:
        return []
    said = "STAFF_SECOND_FACTOR is optional: a password alone opens the console."
    hint = "Unset it once all staff have a second factor, or at once: they are led to make one."
    return [Warning(said, hint=hint, id="lucidpay.W001")]


@register()
def check_network(**_: Any) -> list[Error]:
    """E002: the network must be known and complete; E003: production names it."""
    if is_production() and not settings.TRON_NETWORK:
        return [
            Error(
                "TRON_NETWORK is not set.",
                hint="Set TRON_NETWORK to mainnet, nile, shasta or custom.",
                id="lucidpay.E003",
            )
        ]
    try:
        network()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="lucidpay.E002")]
    return []


HALVES = ("KEY", "PUBLIC_KEY", "KEY_PREVIOUS")


@register()
def check_vault(**_: Any) -> list[Error]:
    """E004: vault keys are base64 of 32 bytes; E008: of one pair; E005: production has one."""
    for name in [f"{vault}_{half}" for vault in VAULTS for half in HALVES]:
        try:
            if getattr(settings, name):
                vault_key_decode(getattr(settings, name))
        except VaultMisconfigured:
            return [
                Error(
                    f"{name} is not base64 of 32 bytes.",
                    hint="Make a pair with `manage.py wallet vault-key`.",
                    id="lucidpay.E004",
                )
            ]
    for vault in VAULTS:
        if not halves_match(vault):
            said = f"{vault}_KEY and {vault}_PUBLIC_KEY differ."
            hint = "Give both halves of one pair, as `manage.py wallet vault-key` prints them."
            return [Error(said, hint=hint, id="lucidpay.E008")]
    if is_production() and not (settings.VAULT_KEY or settings.VAULT_PUBLIC_KEY):
        return [
            Error(
                "Neither VAULT_PUBLIC_KEY (web, beat, senders of webhooks) nor VAULT_KEY (workers "
                "that sign) is set.",
                hint="Make a pair with `manage.py wallet vault-key`.",
                id="lucidpay.E005",
            )
        ]
    return []


@register()
def check_hosts(**_: Any) -> list[Error]:
    """E006: production answers to its own names only."""
    if not is_production() or (settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            "ALLOWED_HOSTS is empty or allows any.",
            hint="Set ALLOWED_HOSTS to the names the platform answers to.",
            id="lucidpay.E006",
        )
    ]


@register()
def check_underfunded(**_: Any) -> list[Error]:
    """E007: UNDERFUNDED_PAYOUTS is one of two words."""
    if settings.UNDERFUNDED_PAYOUTS in ("refuse", "wait"):
        return []
    return [
        Error(
            "UNDERFUNDED_PAYOUTS must be refuse or wait.",
            hint="Set one of the two.",
            id="lucidpay.E007",
        )
    ]


@register()
def check_proxy(**_: Any) -> list[Error]:
    """E009: a malformed proxy must not become the straight way. It is not shown: it may hold
    a password.
    """
    try:
        proxy()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="Correct TRON_PROXY, or unset it.", id="lucidpay.E009")]
    return []


@register()
def check_nodes(**_: Any) -> list[Error]:
    """E010: API keys go to configured nodes only; E011: each node is one, and has an address."""
    try:
        urls = network().nodes
    except ImproperlyConfigured:
        return []  # E002 says so
    if not all(map(_is_address, urls)) or len(set(map(name_of, urls))) < len(urls):
        said = "TRON_NODES names a host twice, or holds what is no http(s) address."
        hint = "Give one address a node, `https://host[:port]`, separated by commas."
        return [Error(said, hint=hint, id="lucidpay.E011")]
    if keys_of_nobody((*urls, settings.TRON_GRID_URL)):
        said = "TRON_API_KEYS holds an empty key, or one for a host that is no node's."
        hint = "Give `key` for all nodes, or `host=key` with the host of a configured one."
        return [Error(said, hint=hint, id="lucidpay.E010")]
    return []


@register()
def check_webhook_hosts(**_: Any) -> list[Error]:
    """E012: each entry of WEBHOOK_ALLOW_HOSTS says what it lets through; a slip lets through
    nothing, or something else.
    """
    try:
        allow_list()
    except ImproperlyConfigured as error:
        hint = "Give names, addresses and networks without ports: sink.example,127.0.0.1,fd00::/8."
        return [Error(str(error), hint=hint, id="lucidpay.E012")]
    return []


@register()
def check_grid(**_: Any) -> list[Error]:
    """E013: the indexer, where one is named, has an address. It is not shown: it may hold a key."""
    if not settings.TRON_GRID_URL or _is_address(settings.TRON_GRID_URL):
        return []
    said = "TRON_GRID_URL is no http(s) address."
    hint = "Give `https://host[:port]`, such as https://api.trongrid.io, or leave it unset."
    return [Error(said, hint=hint, id="lucidpay.E013")]


@register()
def check_usdt(**_: Any) -> list[Error]:
    """E014: USDT is at an address. Whether it is what it should be, the workers ask the chain."""
    try:
        address_parse(network().usdt_contract)
    except ImproperlyConfigured:
        return []  # E002 says so
    except InvalidAddress:
        said = "USDT_CONTRACT is no TRON address."
        return [Error(said, hint="Copy it from a block explorer.", id="lucidpay.E014")]
    return []


@register()
def check_rate_pair(**_: Any) -> list[Error]:
    """E015: where rates come from a pair, it is at an address. What it is, the chain is asked."""
    try:
        if settings.RATE_PAIR:
            address_parse(settings.RATE_PAIR)
    except InvalidAddress:
        said = "RATE_PAIR is no TRON address."
        hint = "Copy it from a block explorer, or leave it unset: then people set rates."
        return [Error(said, hint=hint, id="lucidpay.E015")]
    return []


@register()
def check_settlement_address(**_: Any) -> list[Error]:
    """E016: fees are settled to an address; E017: not to one where payers pay."""
    if not settings.SETTLEMENT_ADDRESS:
        return []
    try:
        address_parse(settings.SETTLEMENT_ADDRESS)
    except InvalidAddress:
        said = "SETTLEMENT_ADDRESS is no TRON address."
        hint = "Copy it from the wallet that collected fees are to go to, or leave it unset."
        return [Error(said, hint=hint, id="lucidpay.E016")]
    try:
        is_deposit = DepositAddress.objects.filter(address=settings.SETTLEMENT_ADDRESS).exists()
    except DatabaseError:
        return []  # away, or without its tables yet; whoever settles looks again
    if not is_deposit:
        return []
    said = "SETTLEMENT_ADDRESS is a deposit address of this platform: a payer's money goes there."
    hint = "Name a wallet of your own outside of it, or one that is kept here."
    return [Error(said, hint=hint, id="lucidpay.E017")]


@register()
def check_origins(**_: Any) -> list[Error]:
    """E018: each trusted origin is one, and not all that end in a name."""
    if all(map(_is_origin, settings.CSRF_TRUSTED_ORIGINS)):
        return []
    said = "ALLOWED_ORIGINS holds what is no origin."
    hint = "Give https://host[:port] in full, without a path and without *."
    return [Error(said, hint=hint, id="lucidpay.E018")]


def _is_origin(text: str) -> bool:
    return _is_address(text) and "*" not in text and text.count("/") == 2 and "@" not in text


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
