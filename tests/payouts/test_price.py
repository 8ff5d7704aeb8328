"""What is asked before signing, and which answers keep a payout waiting."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.models import Payout
from payouts.services.price import Quote, fee_limit, offer_for
from payouts.services.wait import (
    CANNOT_SIGN,
    FEE_ABOVE_CHAIN,
    FEE_TOO_HIGH,
    NO_ANSWER,
    RECIPIENT_BLACKLISTED,
    SENDER_BLACKLISTED,
    USDT_DEPRECATED,
    USDT_PAUSED,
    USDT_TAKES_FEE,
    WOULD_REVERT,
)
from tests import builders
from tests.payouts.onchain import (
    CONSTANT,
    PARAMETERS,
    RESOURCES,
    fresh,
    sign_now,
    staked,
    switched_on,
    transfers_asked,
    wallet_on,
)
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import Exchange, LyingNode, changes, drops, says
from tron.errors import NodeError
from tron.resources import Prices, Resources
from tron.trc20 import word_of_address
from wallets.fees import Stake, stake_of

PRICES = Prices(energy_sun=100, bandwidth_sun=1_000, fee_limit_max_sun=15_000_000_000)


def quotes(*payouts: Payout, sender: str) -> list[Quote]:
    """Return what the node says about these payouts."""
    found = offer_for(list(payouts), sender=sender).quotes
    return [found[payout.pk] for payout in payouts]


def refusals(*payouts: Payout, sender: str) -> list[str]:
    """Return why these cannot be sent now."""
    return [quote.refusal for quote in quotes(*payouts, sender=sender)]


def orders(count: int, **fields: Any) -> list[Payout]:
    """Return payouts as they are asked for; the first goes to a person of the sandbox."""
    owner = builders.user()
    return [builders.payout(owner, **fields) for _ in range(count)]


def test_the_fee_limit_is_energy_price_and_margin(settings: Any) -> None:
    settings.TRON_ENERGY_MARGIN_PERCENT = 30
    quote = fee_limit(energy=64_285, prices=PRICES)
    assert quote == Quote(fee_limit_sun=8_357_050, energy=64_285)


@pytest.mark.parametrize(("cap_sun", "fits"), [(8_357_050, True), (8_357_049, False)])
def test_a_fee_limit_above_the_cap_is_refused(settings: Any, cap_sun: int, fits: bool) -> None:
    settings.TRON_FEE_LIMIT_MAX_SUN = cap_sun
    assert fee_limit(energy=64_285, prices=PRICES).refusal == ("" if fits else FEE_TOO_HIGH)


@pytest.mark.parametrize(("most_sun", "fits"), [(8_357_050, True), (8_357_049, False)])
def test_a_fee_limit_above_the_network_s_is_refused(most_sun: int, fits: bool) -> None:
    quote = fee_limit(energy=64_285, prices=Prices(100, 1_000, most_sun))
    assert quote.refusal == ("" if fits else FEE_ABOVE_CHAIN)


def test_after_a_failing_receipt_the_limit_is_half_as_much_again(settings: Any) -> None:
    settings.TRON_FEE_LIMIT_MAX_SUN = 50_000_000
    assert fee_limit(energy=64_285, prices=PRICES, failed_before=True).fee_limit_sun == 12_535_575


def test_it_is_never_above_a_cap_for_that(settings: Any) -> None:
    settings.TRON_FEE_LIMIT_MAX_SUN = 9_000_000
    assert fee_limit(energy=64_285, prices=PRICES, failed_before=True).fee_limit_sun == 9_000_000
    chain = Prices(100, 1_000, 8_500_000)
    assert fee_limit(energy=64_285, prices=chain, failed_before=True).fee_limit_sun == 8_500_000


@given(
    energy=st.integers(1, 10**7),
    price_sun=st.integers(1, 10**4),
    failed_before=st.booleans(),
)
def test_a_limit_always_buys_the_energy_with_its_margin(
    energy: int, price_sun: int, failed_before: bool
) -> None:
    prices = Prices(price_sun, 1_000, 15_000_000_000)
    quote = fee_limit(energy=energy, prices=prices, failed_before=failed_before)
    assert quote.refusal or quote.fee_limit_sun * 100 >= energy * price_sun * 130


def test_two_remainders_of_bandwidth_are_no_transfer() -> None:
    assert stake_of(Resources(5, 344, 344), PRICES) == Stake(500, 0, 345_000)
    assert stake_of(Resources(5, 345, 690), PRICES) == Stake(500, 3, 345_000)


@pytest.mark.django_db
def test_each_recipient_is_quoted_what_their_transfer_uses(
    chain: SandboxProcess, alice: Person
) -> None:
    wallet = wallet_on(chain)
    (holder,) = orders(1, recipient_address=alice.address)
    (newcomer,) = orders(1)
    found = quotes(holder, newcomer, sender=str(wallet.address))
    assert [quote.energy for quote in found] == [64_285, 130_285]
    assert [quote.fee_limit_sun for quote in found] == [8_357_050, 16_937_050]


@pytest.mark.django_db
def test_prices_are_those_of_the_chain(chain: SandboxProcess, liar: LyingNode) -> None:
    def dearer(answer: Any) -> Any:
        for item in answer["chainParameter"]:
            if item["key"] in ("getEnergyFee", "getTransactionFee"):
                item["value"] *= 2
        return answer

    wallet = wallet_on(chain)
    liar.on(PARAMETERS, changes(dearer))
    offer = offer_for(orders(1), sender=str(wallet.address))
    assert [quote.fee_limit_sun for quote in offer.quotes.values()] == [2 * 16_937_050]
    assert offer.stake.bandwidth_sun == 690_000


@pytest.mark.django_db
def test_stake_is_worth_what_its_energy_would_cost(chain: SandboxProcess, liar: LyingNode) -> None:
    wallet = wallet_on(chain)
    liar.on(RESOURCES, staked(energy=200_000, bandwidth=1_000))
    offer = offer_for(orders(1), sender=str(wallet.address))
    assert offer.stake == Stake(20_000_000, 2, 345_000, energy_daily_sun=20_000_700)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("paused", USDT_PAUSED),
        ("deprecated", USDT_DEPRECATED),
        ("rate", USDT_TAKES_FEE),
        ("maximum", USDT_TAKES_FEE),
    ],
)
def test_what_the_token_s_owner_switched_on_stops_the_wallet(
    chain: SandboxProcess, liar: LyingNode, switch: str, reason: str
) -> None:
    wallet = wallet_on(chain)
    liar.on(CONSTANT, switched_on(switch))
    assert refusals(*orders(2), sender=str(wallet.address)) == [reason, reason]
    assert transfers_asked(liar) == 0


@pytest.mark.django_db
def test_a_blacklisted_wallet_sends_nothing(chain: SandboxProcess) -> None:
    wallet = wallet_on(chain)
    chain.post("/sandbox/usdt", blacklist=[wallet.address])
    assert refusals(*orders(2), sender=str(wallet.address)) == [SENDER_BLACKLISTED] * 2


@pytest.mark.django_db
def test_a_blacklisted_recipient_stops_nobody_else(chain: SandboxProcess) -> None:
    wallet = wallet_on(chain)
    before, frozen, after = orders(3)
    chain.post("/sandbox/usdt", blacklist=[frozen.recipient_address])
    found = refusals(before, frozen, after, sender=str(wallet.address))
    assert found == ["", RECIPIENT_BLACKLISTED, ""]


@pytest.mark.django_db
def test_a_transfer_that_would_revert_stops_nobody_else(chain: SandboxProcess) -> None:
    wallet = wallet_on(chain, usdt=100)
    builders.fund(wallet, usdt_micro=10**9)  # the books are wrong
    fits, too_much = orders(1) + orders(1, amount_usdt=101 * builders.USDT)
    found = quotes(fits, too_much, sender=str(wallet.address))
    assert [quote.refusal for quote in found] == ["", WOULD_REVERT]
    assert found[1].by_contract


def poisoned(payout: Payout, answer: Any) -> Any:
    """Answer this about one recipient, or drop the connection, and the truth about others."""

    def behave(exchange: Exchange) -> None:
        if recipient_word(payout) not in exchange.question["data"]:
            exchange.reply(exchange.forward())
        elif answer is not None:
            exchange.reply(answer)

    return behave


def recipient_word(payout: Payout) -> str:
    """Return the recipient as it stands in call data."""
    return word_of_address(payout.recipient_address).hex()


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [None, {}, [], b"<html>", {"result": {"result": True}}])
def test_a_payout_about_which_the_node_says_nothing_usable_waits_alone(
    chain: SandboxProcess, liar: LyingNode, answer: Any
) -> None:
    wallet = wallet_on(chain)
    before, poison, after = orders(3)
    liar.on(CONSTANT, poisoned(poison, answer))
    assert refusals(before, poison, after, sender=str(wallet.address)) == ["", NO_ANSWER, ""]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [PARAMETERS, CONSTANT])
def test_another_node_is_asked_when_one_fails(
    chain: SandboxProcess, liar: LyingNode, settings: Any, path: str
) -> None:
    wallet = wallet_on(chain)
    settings.TRON_NODES = [liar.url, chain.url]
    liar.on(path, drops)
    assert refusals(*orders(3), sender=str(wallet.address)) == ["", "", ""]
    assert liar.questions(path)


@pytest.mark.django_db
def test_what_one_node_cannot_say_about_a_payout_the_next_is_asked(
    chain: SandboxProcess, liar: LyingNode, settings: Any
) -> None:
    wallet = wallet_on(chain)
    settings.TRON_NODES = [liar.url, chain.url]
    (payout,) = orders(1)
    liar.on(CONSTANT, poisoned(payout, {}))
    assert refusals(payout, sender=str(wallet.address)) == [""]
    assert any(recipient_word(payout) in one.question["data"] for one in liar.questions(CONSTANT))


@pytest.mark.django_db
def test_a_poisoned_payout_at_the_head_of_every_chunk_holds_up_nobody(
    chain: SandboxProcess, liar: LyingNode, settings: Any
) -> None:
    settings.PAYOUT_CHUNK = 1
    wallet = wallet_on(chain)
    (poison,) = orders(1, priority="URGENT")
    (healthy,) = orders(1)
    liar.on(CONSTANT, poisoned(poison, {}))
    assert [sign_now(wallet), sign_now(wallet)] == [0, 1]
    assert (fresh(poison).status, fresh(poison).wait_reason) == ("pending", NO_ANSWER)
    assert fresh(healthy).status == "processing"


@pytest.mark.django_db
def test_an_odd_row_waits_alone(chain: SandboxProcess) -> None:
    """Not reachable through the code: an address of the right shape with a wrong checksum."""
    wallet = wallet_on(chain)
    before, odd, after = orders(3)
    odd.recipient_address = "T" + "1" * 33
    assert refusals(before, odd, after, sender=str(wallet.address)) == ["", CANNOT_SIGN, ""]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [PARAMETERS, RESOURCES, CONSTANT])
@pytest.mark.parametrize("behaviour", [drops, says(b"<html>"), says({"Error": "x"})])
def test_a_node_that_cannot_answer_for_the_chunk_quotes_nobody(
    chain: SandboxProcess, liar: LyingNode, path: str, behaviour: Any
) -> None:
    wallet = wallet_on(chain)
    liar.on(path, behaviour)
    with pytest.raises(NodeError):
        offer_for(orders(1), sender=str(wallet.address))
