"""The calls of the TRON API, each with the statuses of its good answers."""

TRON: dict[str, tuple[str, ...]] = {
    "GET /tron/kill-switch": ("200",),
    "POST /tron/kill-switch": ("200",),
    "GET /tron/network/status": ("200",),
    "GET /tron/network/info": ("200",),
    "GET /tron/network/health": ("200",),
    "GET /tron/network/blocks/{block_number}": ("200",),
    "GET /tron/network/transactions/{tx_id}": ("200",),
    "GET /tron/usdt/balance/{address}": ("200",),
    "GET /tron/usdt/allowance/{owner}/{spender}": ("200",),
    "GET /tron/usdt/transactions/{address}": ("200",),
    "POST /tron/usdt/estimate-gas": ("200",),
    "POST /tron/usdt/approve": ("202",),
    "GET /tron/operations": ("200",),
    "GET /tron/operations/{operation_id}": ("200",),
    "POST /tron/operations/{operation_id}/cancel": ("200",),
    "GET /tron/wallets": ("200",),
    "POST /tron/wallets/create": ("201", "202"),
    "POST /tron/wallets/import": ("201",),
    "GET /tron/wallets/{wallet_id}": ("200",),
    "PATCH /tron/wallets/{wallet_id}": ("200",),
    "DELETE /tron/wallets/{wallet_id}": ("204",),
    "GET /tron/wallets/{wallet_id}/balance": ("200",),
    "GET /tron/wallets/{wallet_id}/transactions": ("200",),
    "POST /tron/wallets/{wallet_id}/backup": ("200", "202"),
    "POST /tron/wallets/{wallet_id}/restore": ("200",),
    "POST /tron/wallets/{wallet_id}/transfer-trx": ("202",),
    "GET /tron/wallets/{wallet_id}/permissions": ("200",),
    "POST /tron/wallets/{wallet_id}/permissions": ("200", "202"),
    "POST /tron/wallets/{wallet_id}/unsigned": ("200",),
    "POST /tron/wallets/{wallet_id}/signatures": ("200",),
}
# A backup is read in its own answer, and asked for again.
BACKUP = "POST /tron/wallets/{wallet_id}/backup"
# What makes something, or starts it, says where it can be read.
TELLS_WHERE = {name for name, good in TRON.items() if {"201", "202"} & set(good)} - {BACKUP}
# Answers with secrets are kept under no key: a wallet's name is what makes it once.
KEEPS_NO_ANSWER = {"POST /tron/wallets/create", "POST /tron/wallets/import"}
