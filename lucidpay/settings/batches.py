"""Batches over HTTP, payout files, and the beat that releases them."""

from lucidpay.settings import env

# In whole USDT. One HTTP call, which one stolen key could make.
BATCH_AMOUNT_MAX_USDT = env.number("BATCH_AMOUNT_MAX_USDT", 10_000, low=1, high=1_000_000_000)
# In whole USDT. A file, which somebody with a shell on this machine brings.
IMPORT_AMOUNT_MAX_USDT = env.number("IMPORT_AMOUNT_MAX_USDT", 1_000_000, low=1, high=1_000_000_000)
IMPORT_ROWS_MAX = env.number("IMPORT_ROWS_MAX", 50_000, low=1, high=1_000_000)
# A payout file that is uploaded in the admin: it is kept in the database until it is a batch.
UPLOAD_BYTES_MAX = env.number("UPLOAD_BYTES_MAX", 16_777_216, low=1_048_576, high=67_108_864)
# Before anybody is asked who they are: a file is refused by its announced length alone.
FILE_UPLOAD_HANDLERS = [
    "lucidpay.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# A hundred orders, each with the largest metadata and custom data that are allowed.
API_BATCH_BODY_MAX_BYTES = 1_048_576
# "batches": what belongs to one, or has a release time, waits for staked energy to come back.
PACE_TO_ENERGY = env.choice("PACE_TO_ENERGY", "off", of=("off", "batches"))
# From its release on; then it burns TRX.
PACE_AT_MOST_MINUTES = env.number("PACE_AT_MOST_MINUTES", 1440, low=1, high=10_080)
# Calls a minute, per user and endpoint.
BATCH_RATE_LIMITS = {
    "batches.create": 5,
    "batches.get": 30,
    "batches.cancel": 10,
    "batches.pause": 10,
    "batches.resume": 10,
    "batches.release": 10,
}

CELERY_BEAT_SCHEDULER = "lucidpay.beat:Scheduler"
# Beat and this platform both reckon in UTC; a schedule names its own time zone.
DJANGO_CELERY_BEAT_TZ_AWARE = True
