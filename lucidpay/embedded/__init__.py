"""PostgreSQL and Valkey from Python wheels, for development, demo and tests. Never in production.

The servers listen on unix sockets in a private directory and on no port, so they run beside any
other instance. Whoever needs them holds a lease; the last one to leave stops what nobody asked
to keep. A lease is a file lock, so a killed process gives its own back.
"""

from lucidpay.embedded.errors import EmbeddedError
from lucidpay.embedded.launcher import clean, servers, start, status, stop

__all__ = ["EmbeddedError", "clean", "servers", "start", "status", "stop"]
