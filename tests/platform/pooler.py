"""PgBouncer in transaction mode between the platform and its PostgreSQL (Debian's pgbouncer)."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lucidpay.embedded.places import directory_make, places_of
from tests import local
from tests.platform.running import Platform

# As docs/deployment.md says. What the platform asks of a connection when it begins, a pooler asks
# of each of its own.
ASKED = (
    "SET idle_in_transaction_session_timeout = 60000; SET lock_timeout = 15000;"
    " SET plan_cache_mode = force_generic_plan"
)
CONFIG = """\
[databases]
lucidpay = host={host} dbname=lucidpay user=lucidpay connect_query='{asked}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 400
default_pool_size = 20
ignore_startup_parameters = options, extra_float_digits
server_login_retry = 1
logfile = {log}
"""


def pooler_start(platform: Platform) -> None:
    """Start it, as the servers' own account, and let what is started from now on go through it."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    assert Path(program).exists(), "PgBouncer is needed: apt-get install pgbouncer"
    servers, home = platform.directory / "servers", platform.directory / "pooler"
    account, port = places_of(servers).account, local.port_free()
    directory_make(home)
    shutil.chown(home, account.uid, account.gid)
    config, log = home / "pgbouncer.ini", home / "pooler.log"
    host = unquote(urlsplit(platform.env["DATABASE_URL"]).netloc.rpartition("@")[2])
    config.write_text(CONFIG.format(host=host, asked=ASKED, port=port, log=log))
    platform.children["pooler"] = subprocess.Popen(
        [program, "-q", config], start_new_session=True, **account.options()
    )
    platform.pooled = {
        "DATABASE_URL": f"postgres://lucidpay@127.0.0.1:{port}/lucidpay",
        "DATABASE_PREPARES": "false",  # Debian 12's is older than 1.21
    }
