"""Settings for development and for the demo: convenient, on this machine only."""

from lucidpay.settings.base import *  # noqa: F403
from lucidpay.settings.base import TRON_NETWORK, env

# Signs sessions of a machine that only its developer can reach; production refuses it.
SECRET_KEY = env.text("SECRET_KEY", "insecure-development-key-" + "x" * 32)
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
# The sandbox runs on this machine; every other network has nodes of its own.
_NODE = f"http://127.0.0.1:{env.text('NODE_PORT', '9090')}" if TRON_NETWORK == "sandbox" else ""
TRON_NODES = env.words("TRON_NODES", _NODE)
# On the developer's own machine; the docs say how to try it there.
STAFF_SECOND_FACTOR = env.choice("STAFF_SECOND_FACTOR", "optional", of=("required", "optional"))
WHITENOISE_USE_FINDERS = True
