"""Who may call: tokens, what slows guessing down, and the audit trail."""

from datetime import timedelta

from lucidpay.settings import env

AUTH_USER_MODEL = "access.User"
# The only one: it counts wrong passwords wherever somebody logs in.
AUTHENTICATION_BACKENDS = ["access.backend.SlowedBackend"]
# Whether staff who have no second factor may use the console: "required" lets them make one only.
# Who has one is always asked for it.
STAFF_SECOND_FACTOR = env.choice("STAFF_SECOND_FACTOR", "required", of=("required", "optional"))
# How long a code stands for the acts that want one.
STEP_UP_FRESH_S = env.number("STEP_UP_FRESH_S", 300, low=30, high=3600)
# A login ends after a working day, however busy it was.
SESSION_COOKIE_AGE = 43_200
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Lax, not strict: a link in a mail to staff leads to its page.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Rotation is our own (access/services/tokens.py): it stores no token, only whose turn it is.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(
        seconds=env.number("ACCESS_TOKEN_LIFETIME_S", 900, low=60, high=3600)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(
        seconds=env.number("REFRESH_TOKEN_LIFETIME_S", 86_400, low=3600, high=2_592_000)
    ),
}
# Wrong passwords before the first pause: of one user from one address …
LOGIN_FAILURES_FREE = env.number("LOGIN_FAILURES_FREE", 5, low=1, high=1000)
# … and in all: from one address, of one user name, and wrong tokens from one address.
LOGIN_FAILURES_FREE_TOTAL = env.number("LOGIN_FAILURES_FREE_TOTAL", 50, low=1, high=100_000)
LOGIN_PAUSE_MAX_S = env.number("LOGIN_PAUSE_MAX_S", 900, low=1, high=86_400)
LOGIN_FORGET_S = env.number("LOGIN_FORGET_S", 3600, low=60, high=604_800)
# The moment of each change, and not that of its transaction: so the trail is in order.
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"
