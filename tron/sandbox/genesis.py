"""The first block and the first state. They are the same in every sandbox.

A client that is configured for another network must refuse this one, and the other way round:
the ID of block 0 is what tells them apart (TIP-474).
"""

import hashlib
from typing import Any

from coincurve import PrivateKey

from tron.address import address_parse, address_text
from tron.sandbox.blocks import Block, block_id_of
from tron.sandbox.proto import BlockHeader
from tron.sandbox.records import Account
from tron.sandbox.signatures import address_of_key
from tron.sandbox.state import State
from tron.sandbox.vm import tether

GENESIS_TIME_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
GENESIS_PARENT = hashlib.sha256(b"LucidPay sandbox: these coins are worth nothing").digest()
GENESIS_ID = "00000000000000000e5890cc398625f4e31bce69543146a7b855c82217b685f0"
USDT_CONTRACT = "TXwuzSJ5qEbeiiRMzvHW3AEuZBX99VUNHt"
USDT_ADDRESS = address_parse(USDT_CONTRACT)
# A pair of an exchange and the TRX it deals in: there to be read, see ``vm/pair.py``.
WTRX_CONTRACT = "TK7rDFALP4GeXgXq5o516JTs2KoBod38ky"
WTRX_ADDRESS = address_parse(WTRX_CONTRACT)
PAIR_CONTRACT = "TLkdS7D8Q2UDLSWbsAcYYxecep7SEszBim"
PAIR_ADDRESS = address_parse(PAIR_CONTRACT)
TRX_SUPPLY_SUN = 50_000_000_000 * 10**6
USDT_SUPPLY_MICRO = 50_000_000_000 * 10**6
WITNESS_COUNT = 27


def key_of(name: str) -> PrivateKey:
    """Return a key that everybody knows: derived from a name, for a chain of toys."""
    return PrivateKey(hashlib.sha256(f"LucidPay sandbox {name}".encode()).digest())


FAUCET_KEY = key_of("faucet")
FAUCET_ADDRESS = address_of_key(FAUCET_KEY.public_key)


WITNESS_KEYS = [key_of(f"witness {number}") for number in range(WITNESS_COUNT)]
WITNESSES = [address_of_key(key.public_key) for key in WITNESS_KEYS]


def genesis_block() -> Block:
    """Return block 0: no transactions, no witness. Its time is told by no answer of a node."""
    header: Any = BlockHeader()
    header.raw_data.parentHash = GENESIS_PARENT
    header.raw_data.txTrieRoot = bytes(32)
    return Block(header=header, id=block_id_of(header))


def genesis_state() -> State:
    """Return the state before block 1: the faucet owns everything, contracts are deployed."""
    state = State()
    state.account_put(
        FAUCET_ADDRESS, Account(balance_sun=TRX_SUPPLY_SUN, created_at_ms=GENESIS_TIME_MS)
    )
    for witness in WITNESSES:
        state.account_put(witness, Account(created_at_ms=GENESIS_TIME_MS))
    for contract in (USDT_ADDRESS, WTRX_ADDRESS, PAIR_ADDRESS):
        state.account_put(contract, Account(is_contract=True, created_at_ms=GENESIS_TIME_MS))
    state.put(tether.BALANCE + FAUCET_ADDRESS[1:], USDT_SUPPLY_MICRO)
    state.put(tether.SUPPLY, USDT_SUPPLY_MICRO)
    state.put(tether.OWNER, FAUCET_ADDRESS[1:].hex())
    return state


def faucet_text() -> str:
    """Return the faucet's address in base58check."""
    return address_text(FAUCET_ADDRESS)
