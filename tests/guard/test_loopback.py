"""The guard bites: in this process, and in every Python the tests start."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

# Documentation addresses (RFC 5737, RFC 3849): nobody answers there, should the guard fail.
FAR = "192.0.2.1"
FAR_6 = "2001:db8::1"
FORBIDDEN = "NetworkForbidden"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize(
    ("family", "host"),
    [(socket.AF_INET, FAR), (socket.AF_INET6, FAR_6), (socket.AF_INET, "0.0.0.0")],
)
def test_it_refuses_to_connect_to_another_machine(family: int, host: str) -> None:
    with socket.socket(family) as connection, pytest.raises(RuntimeError, match="socket.connect"):
        connection.connect((host, 9))


def test_it_refuses_to_send_datagrams_to_another_machine() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as connection:
        with pytest.raises(RuntimeError, match="socket.sendto"):
            connection.sendto(b"x", (FAR, 9))
        with pytest.raises(RuntimeError, match="socket.sendmsg"):
            connection.sendmsg([b"x"], [], 0, (FAR, 9))


@pytest.mark.parametrize("name", ["example.com", b"example.com", FAR])
def test_it_refuses_to_look_up_another_machine(name: str | bytes) -> None:
    with pytest.raises(RuntimeError, match="socket.getaddrinfo"):
        socket.getaddrinfo(name, 80)
    with pytest.raises(RuntimeError, match="socket.gethostbyname"):
        socket.gethostbyname(name if isinstance(name, str) else name.decode())


def test_it_lets_loopback_pass(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    for host in ("127.0.0.1", "localhost"):
        assert socket.getaddrinfo(host, port)
        with socket.create_connection((host, port)):
            pass


def test_it_lets_unix_sockets_pass() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendmsg([b"x"])
        assert right.recv(1) == b"x"


def test_it_lets_a_server_bind_without_a_name() -> None:
    assert socket.getaddrinfo(None, 0, flags=socket.AI_PASSIVE)
    assert socket.getaddrinfo("0.0.0.0", 0)


def test_it_is_no_network_error_that_code_could_take_for_a_failing_node() -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError) as caught:
        connection.connect((FAR, 9))
    assert not isinstance(caught.value, OSError)


def test_it_bites_in_every_python_the_tests_start() -> None:
    code = f"import socket; socket.create_connection(({FAR!r}, 9), timeout=1)"
    # Python inside a program inside a Python: the environment is what carries the guard.
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    for program in (code, nested):
        said = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert FORBIDDEN in said.stderr
