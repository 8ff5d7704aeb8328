"""A pair of WTRX and USDT as Uniswap V2 has it, and WTRX itself: both can only be read.

What the pair holds is set by hand; nobody can trade with it, and it owns no USDT.
"""

from collections.abc import Callable

from tron.sandbox.genesis import USDT_ADDRESS, WTRX_ADDRESS
from tron.sandbox.state import State
from tron.sandbox.vm import abi
from tron.sandbox.vm.tether import DECIMALS, ENERGY_READ, Call, require

RESERVES = b"pr"  # sun, micro-USDT, and whether USDT is the first of the two


def reserves(state: State) -> tuple[int, int, bool]:
    """Return what the pair holds: sun, micro-USDT, and whether USDT is its ``token0``."""
    sun, micro, usdt_first = state.get(RESERVES, (0, 0, False))
    return sun, micro, usdt_first


def _reserves(state: State) -> bytes:
    sun, micro, usdt_first = reserves(state)
    first, second = (micro, sun) if usdt_first else (sun, micro)
    return abi.word(first) + abi.word(second) + abi.word(0)  # the third: when they last changed


def _token(state: State, *, first: bool) -> bytes:
    is_usdt = first == reserves(state)[2]
    return abi.word((USDT_ADDRESS if is_usdt else WTRX_ADDRESS)[1:])


PAIR: dict[bytes, Callable[[State], bytes]] = {
    abi.selector("getReserves()"): _reserves,
    abi.selector("token0()"): lambda state: _token(state, first=True),
    abi.selector("token1()"): lambda state: _token(state, first=False),
}
WTRX: dict[bytes, Callable[[State], bytes]] = {
    abi.selector("symbol()"): lambda state: abi.text("WTRX"),
    abi.selector("decimals()"): lambda state: abi.word(DECIMALS),
}


def pair_run(call: Call, data: bytes) -> bytes:
    """Run one read of the pair; raises ``Reverted`` for any other function."""
    return _read(PAIR, call, data)


def wtrx_run(call: Call, data: bytes) -> bytes:
    """Run one read of WTRX; raises ``Reverted`` for any other function."""
    return _read(WTRX, call, data)


def _read(functions: dict[bytes, Callable[[State], bytes]], call: Call, data: bytes) -> bytes:
    require(data[:4] in functions)
    call.energy = ENERGY_READ
    return functions[data[:4]](call.state)
