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
    "POST /tron/wallets/{wallet_id}/transfer-trx": ("202",),
    "GET /tron/wallets/{wallet_id}/permissions": ("200",),
    "POST /tron/wallets/{wallet_id}/permissions": ("200", "202"),
    "POST /tron/wallets/{wallet_id}/unsigned": ("200",),
    "POST /tron/wallets/{wallet_id}/signatures": ("200",),
}
# What makes something, or starts it, says where it can be read.
TELLS_WHERE = {name for name, good in TRON.items() if {"201", "202"} & set(good)}
