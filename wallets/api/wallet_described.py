"""Headers, ids and examples of wallets, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from lucidpay.api.pagination import PAGINATION_EXAMPLE
from lucidpay.api.schema import id_parameter, location_header, no_store_header
from wallets.vault import PATH_DEFAULT

NO_WORKER = "No worker came to it in time. Its key is made as soon as one does; read it again then."
NO_WORDS = (
    f"{NO_WORKER} Its words were not shown and never will be: once it has an address, back it up "
    "(POST …/backup), which gives its key as a keystore."
)
NO_BACKUP = "No worker came to it in time. Ask again with the same password in a moment."
WALLET_ID_PARAMETER = id_parameter("wallet_id", "wallet")
LOCATION_HEADER = location_header("Where the wallet can be read.", statuses=(201, 202))
NO_STORE_HEADER = no_store_header("This answer is for nobody's cache.", statuses=(200, 201, 202))

_TIME = "2026-01-31T09:00:00.000000Z"
_ADDRESS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"
WALLET: dict[str, Any] = {
    "wallet_id": "wallet_01890a5dac96774bbcceb302099a8057",
    "name": "payroll",
    "kind": "hot",
    "address": _ADDRESS,
    "network": "mainnet",
    "status": "active",
    "has_key": True,
    "signer_address": None,
    "permission": None,
    "alert_below_usdt": 5000,
    "alert_below_trx": 300,
    "low_balance": False,
    "backed_up_at": _TIME,
    "created_at": _TIME,
}
_KEYSTORE: dict[str, Any] = {
    "version": 3,
    "id": "4b1c2a0e-6f6d-4b86-9d5a-0e6f3c1d2b3a",
    "address": "6370ef2f4db3611d657b90667de398a2cc2a370c",
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32, "n": 131072, "r": 8, "p": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe898",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
}  # fmt: skip
_ABOUT = "abandon " * 11 + "about"
_NEW = {**WALLET, "status": "opening", "backed_up_at": None}
WALLET_EXAMPLE = OpenApiExample(
    "payroll", value=WALLET, response_only=True, status_codes=["200", "201"]
)
WALLETS_EXAMPLE = OpenApiExample(
    "a page",
    value={
        "wallets": [WALLET],
        "pagination": PAGINATION_EXAMPLE,
        "filters": {"status": "active"},
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
CHANGE_EXAMPLE = OpenApiExample(
    "tell in time", value={"alert_below_usdt": 5000, "alert_below_trx": 300}, request_only=True
)
CREATE_EXAMPLES = [
    OpenApiExample("with words", value={"name": "payroll", "mnemonic_words": 12},
                   request_only=True),
    OpenApiExample("a key alone", value={"name": "payroll", "kind": "hot"}, request_only=True),
    OpenApiExample(
        "made",
        value={**_NEW, "mnemonic": _ABOUT, "path": PATH_DEFAULT, "note": None},
        response_only=True,
        status_codes=["201"],
    ),
    OpenApiExample(
        "no worker in time",
        value={**_NEW, "status": "awaiting_key", "address": None, "has_key": False,
               "mnemonic": None, "path": None, "note": NO_WORDS},
        response_only=True,
        status_codes=["202"],
    ),
]  # fmt: skip
IMPORT_EXAMPLES = [
    OpenApiExample("words", request_only=True,
                   value={"name": "payroll", "mnemonic": _ABOUT, "path": PATH_DEFAULT}),
    OpenApiExample("a backup", request_only=True,
                   value={"name": "payroll", "keystore": _KEYSTORE, "password": "its password"}),
    OpenApiExample("a key of a permission", request_only=True,
                   value={"name": "payroll", "private_key": "01" * 32, "address": _ADDRESS,
                          "permission_id": 2}),
    OpenApiExample("a cold wallet", request_only=True,
                   value={"name": "treasury", "kind": "cold", "address": _ADDRESS}),
]  # fmt: skip
BACKUP_EXAMPLES = [
    OpenApiExample("its password", request_only=True,
                   value={"password": "correct horse battery staple"}),
    OpenApiExample(
        "made",
        value={"wallet_id": WALLET["wallet_id"], "address": _ADDRESS, "keystore": _KEYSTORE,
               "note": None},
        response_only=True,
        status_codes=["200"],
    ),
    OpenApiExample(
        "no worker in time",
        value={"wallet_id": WALLET["wallet_id"], "address": _ADDRESS, "keystore": None,
               "note": NO_BACKUP},
        response_only=True,
        status_codes=["202"],
    ),
]  # fmt: skip
RESTORE_EXAMPLE = OpenApiExample(
    "a backup", value={"keystore": _KEYSTORE, "password": "its password"}, request_only=True
)
_USAGE = {"limit": 65_000, "used": 0, "available": 65_000}
BALANCE_EXAMPLE = OpenApiExample(
    "payroll",
    value={
        "wallet_id": WALLET["wallet_id"],
        "address": _ADDRESS,
        "trx": 812.5,
        "reserved_trx": 30,
        "usdt": 10_000,
        "reserved_usdt": 250,
        "available_usdt": 9_750,
        "energy": _USAGE,
        "bandwidth": {"limit": 1_200, "used": 345, "available": 855},
        "staked_trx": 7_000,
        "delegated_trx": 0,
        "source": "books",
        "block_number": 68_123_456,
        "block_timestamp": _TIME,
    },
    response_only=True,
    status_codes=["200"],
)
TRANSACTIONS_EXAMPLE = OpenApiExample(
    "a page",
    value={
        "transactions": [
            {
                "txid": "5e" * 32,
                "direction": "out",
                "token": "USDT",
                "amount": 250,
                "counterparty": _ADDRESS,
                "status": "solid",
                "block_number": 68_123_456,
                "timestamp": _TIME,
                "fee_trx": 13.84,
                "payout_id": "payout_01890a5dac96774bbcceb302099a8057",
                "operation_id": None,
            }
        ],
        "pagination": PAGINATION_EXAMPLE,
        "filters": {"token": "USDT"},
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
