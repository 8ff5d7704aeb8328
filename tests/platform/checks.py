"""What must hold at the end of every test that broke something."""

from collections import Counter

from tests.platform.running import Platform

IN_STATUS = "SELECT count(*) FROM payouts_payout WHERE status = %s"


def assert_each_paid_once(platform: Platform, expected: int) -> None:
    """Every payout is confirmed and stands on chain exactly once, and nothing else does."""
    orders = platform.rows(
        "SELECT tx.txid, p.recipient_address, p.amount_micro, p.status FROM payouts_payout p "
        "JOIN tron_chaintransaction tx ON tx.id = p.transaction_id"
    )
    assert len(orders) == expected
    assert {status for *_, status in orders} == {"confirmed"}
    on_chain = Counter((one["txid"], one["to"], int(one["amount"])) for one in platform.transfers())
    assert on_chain == Counter(order[:3] for order in orders)


def assert_books_are_right(platform: Platform) -> None:
    """The ledger sums to zero, nothing is held, and each wallet has what the chain says."""
    unbalanced = platform.rows(
        "SELECT journal_id, asset FROM wallets_entry GROUP BY 1, 2 HAVING sum(units) <> 0"
    )
    assert unbalanced == []
    assert platform.one("SELECT count(*) FROM wallets_hold WHERE status = 'open'") == 0
    booked = dict(
        platform.rows(
            "SELECT a.asset, sum(e.units)::bigint FROM wallets_entry e "
            "JOIN wallets_account a ON a.id = e.account_id WHERE a.kind = 'wallet' GROUP BY 1"
        )
    )
    kept = platform.rows(
        "SELECT asset, balance_units, held_units FROM wallets_account WHERE kind = 'wallet'"
    )
    assert {asset: balance for asset, balance, _ in kept} == booked
    assert {held for *_, held in kept} == {0}
    assert booked == chain_balances(platform)


def chain_balances(platform: Platform) -> dict[str, int]:
    """Return the hot wallet's solid balances in base units, asked with plain calls."""
    from tron.address import address_parse
    from tron.sandbox.genesis import USDT_CONTRACT
    from tron.trc20 import balance_of_data

    owner = address_parse(platform.hot).hex()
    account = platform.node("/walletsolidity/getaccount", {"address": owner})
    call = {
        "owner_address": owner,
        "contract_address": address_parse(USDT_CONTRACT).hex(),
        "data": balance_of_data(platform.hot).hex(),
    }
    answer = platform.node("/walletsolidity/triggerconstantcontract", call)
    return {"TRX": account["balance"], "USDT": int(answer["constant_result"][0], 16)}
