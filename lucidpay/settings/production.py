"""Settings for production. What is missing or weak stops the start (``lucidpay/checks.py``)."""

from lucidpay.settings.base import *  # noqa: F403
from lucidpay.settings.base import REST_FRAMEWORK, env

SECRET_KEY = env.required("SECRET_KEY", "Put 50 or more random characters into SECRET_KEY_FILE.")
TRON_NETWORK = env.text("TRON_NETWORK", "")
if REST_FRAMEWORK["NUM_PROXIES"]:
    # Only a proxy of ours may say that the client came by TLS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^api/payment/(health|metrics)/?$", r"^health(/live|/ready)?/?$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
WEBHOOK_HTTPS_ONLY = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = env.words("ALLOWED_ORIGINS")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
