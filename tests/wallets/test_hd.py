"""Words and paths give the keys and addresses that other wallets give."""

import traceback

import pytest
from coincurve import PrivateKey
from eth_account import Account as EthAccount

from lucidpay import sealing
from lucidpay.errors import InvariantBroken
from lucidpay.ids import new_id
from tests import builders
from tron.address import address_of_public_key, address_parse
from wallets import hd, vault

bip_utils = pytest.importorskip("bip_utils")
EthAccount.enable_unaudited_hdwallet_features()

# The test vectors of BIP-39 itself, of each length.
KNOWN = [
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount "
    "doctor acoustic avoid letter always",
    "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing "
    "screen patrol group space point ten exist slush involve unfold",
]


def theirs(words: str, account: int = 0, index: int = 0) -> str:
    """Return bip-utils' TRON address of these words."""
    seed = bip_utils.Bip39SeedGenerator(words).Generate()
    root = bip_utils.Bip44.FromSeed(seed, bip_utils.Bip44Coins.TRON)
    change = root.Purpose().Coin().Account(account).Change(bip_utils.Bip44Changes.CHAIN_EXT)
    return str(change.AddressIndex(index).PublicKey().ToAddress())


@pytest.mark.contract("C-WAL-6")
@pytest.mark.parametrize("words", KNOWN)
def test_words_give_the_addresses_that_bip_utils_gives(words: str) -> None:
    for account, index in ((0, 0), (0, 1), (3, 0), (2**31 - 1, 2**31 - 1)):
        path = f"m/44'/195'/{account}'/0/{index}"
        address, sealed = vault.seal_words(words, path)
        assert address == theirs(words, account, index)
        assert vault.open_key(sealed_key=sealed, address=address).address == address
    assert vault.seal_words(words)[0] == theirs(words)


def test_words_give_the_key_that_eth_account_derives() -> None:
    """Another library again, asked for TRON's path: the key, and not only its address."""
    key = EthAccount.from_mnemonic(KNOWN[0], account_path=vault.PATH_DEFAULT).key
    assert address_of_public_key(PrivateKey(bytes(key)).public_key) == vault.seal_words(KNOWN[0])[0]


@pytest.mark.parametrize("count", vault.WORDS)
def test_fresh_words_are_read_by_who_asked_and_give_the_key(count: int) -> None:
    mailbox, wallet_id = sealing.Mailbox(), new_id()
    address, sealed, box = vault.make_words(count, reader=mailbox.address, wallet_id=wallet_id)
    words = vault.read_words(box, mailbox=mailbox, wallet_id=wallet_id)
    assert len(words.split()) == count
    assert address == theirs(words) == vault.open_key(sealed_key=sealed, address=address).address
    with pytest.raises(sealing.DoesNotOpen):
        sealing.unseal(box)  # not even the vault
    with pytest.raises(sealing.DoesNotOpen):
        vault.read_words(box, mailbox=sealing.Mailbox(), wallet_id=wallet_id)
    with pytest.raises(sealing.DoesNotOpen):
        vault.read_words(box, mailbox=mailbox, wallet_id=new_id())


def test_case_and_blanks_between_words_do_not_matter() -> None:
    assert vault.seal_words(f"  {KNOWN[0].upper().replace(' ', '   ')} ")[0] == theirs(KNOWN[0])


@pytest.mark.parametrize(
    "words",
    [
        "",
        "abandon",
        KNOWN[0].replace("about", "abandon"),  # its checksum
        KNOWN[0].replace("about", "lucidpay"),
        KNOWN[0] + " about",
        " ".join(KNOWN[0].split()[:11]),
        # Japanese ones are BIP-39 as well, and another seed in each spelling.
        "あいこくしん " * 11 + "あおぞら",
    ],
)
def test_it_refuses_what_are_no_words_without_repeating_them(words: str) -> None:
    with pytest.raises(vault.NotWords) as caught:
        vault.seal_words(words)
    assert not caught.value.args
    assert words.split(" ")[-1] not in str(caught.value) or not words
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "path",
    ["", "m", "m/44'/195'/0'/0", "m/44'/195'/0'/1/0", "m/44'/60'/0'/0/0", "m/44'/195'/0/0/0",
     "m/44'/195'/0'/0/0'", "m/44'/195'/00'/0/0", "m/44'/195'/2147483648'/0/0",
     "m/44'/195'/0'/0/2147483648", "m/44'/195'/0'/0/0/0", "M/44'/195'/0'/0/0",
     "m/44'/195'/٣'/0/0"],
)  # fmt: skip
def test_it_refuses_what_is_no_path_of_tron(path: str) -> None:
    with pytest.raises(vault.NotAPath):
        vault.seal_words(KNOWN[0], path)


def test_a_public_key_gives_all_addresses_and_a_seed_their_keys() -> None:
    account_id = new_id()
    public_key, sealed = vault.make_seed(7, account_id=account_id)
    for index in (0, 1, 2**31 - 1):
        [address] = vault.child_addresses(public_key, range(index, index + 1))
        facts = {"sealed_seed": sealed, "account_id": account_id, "account": 7}
        assert vault.open_child(**facts, index=index, address=address).address == address
        for wrong in ({"account": 8}, {"account_id": new_id()}, {"index": index ^ 1}):
            with pytest.raises(vault.KeyDoesNotOpen):
                vault.open_child(**{**facts, "index": index, "address": address, **wrong})
    with pytest.raises(vault.KeyDoesNotOpen):
        vault.open_key(sealed_key=sealed, address=address)  # a seed is no wallet's key
    assert public_key.startswith("xpub")


def test_addresses_from_the_public_key_are_those_of_bip_utils() -> None:
    for words in KNOWN:
        public_key = hd.account_public_key(hd.seed_of(words), 5)
        theirs_of = bip_utils.Bip44.FromExtendedKey(public_key, bip_utils.Bip44Coins.TRON)
        assert theirs_of.Level() == bip_utils.Bip44Levels.ACCOUNT
        ours = vault.child_addresses(public_key, range(1000))
        for index in (0, 1, 999):
            assert ours[index] == theirs(words, 5, index)


def test_there_is_no_address_beyond_the_last() -> None:
    public_key = hd.account_public_key(hd.seed_of(KNOWN[0]), 0)
    with pytest.raises(InvariantBroken):
        vault.child_addresses(public_key, range(2**31 - 1, 2**31 + 1))


def test_nothing_that_is_raised_carries_what_was_read() -> None:
    secret = "letter advice cage absurd amount doctor acoustic avoid letter advice cage zebra"
    with pytest.raises(vault.NotWords) as caught:
        vault.seal_words(secret)
    shown = "".join(traceback.format_exception(caught.value))
    assert "zebra" not in shown.replace(secret, "")
    assert address_parse(builders.address())  # what is public still travels
