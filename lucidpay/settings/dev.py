"""Settings for development and for the demo: convenient, on this machine only."""

from lucidpay.settings.base import *  # noqa: F403
from lucidpay.settings.base import env

# Signs sessions of a machine that only its developer can reach; production refuses it.
SECRET_KEY = env.text("SECRET_KEY", "insecure-development-key-" + "x" * 32)
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
TRON_NODES = env.words("TRON_NODES", f"http://127.0.0.1:{env.text('NODE_PORT', '9090')}")
WHITENOISE_USE_FINDERS = True
