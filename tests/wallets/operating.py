"""Operations on the test's chain: asked for over HTTP, signed, sent and settled step by step."""

from coincurve import PrivateKey

from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import Answer, Api
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.wallets.books import UNIT, faucet, read, solidify
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation
from wallets.services.book_flows import flows_book
from wallets.services.cosign import transactions_cosign
from wallets.services.open import wallet_open
from wallets.services.operate_settle import operations_settle
from wallets.services.operate_sign import operations_sign


def operator() -> Api:
    """Return a caller who may manage wallets, stake and transfer."""
    owner = builders.user("operator")
    return Api(builders.token(owner, scopes=None), owner)


def keyless(
    node: SandboxProcess, kind: WalletKind, *, person: Person | None = None, **money: int
) -> tuple[Wallet, Person]:
    """Return an open wallet of people's, with this much, and the person whose address it is."""
    person = person or Person(PrivateKey())
    wallet = Wallet.objects.create(
        name=f"{kind} {person.address}",
        kind=kind,
        network="sandbox",
        address=person.address,
        status=WalletStatus.OPENING,
    )
    faucet(node, person.address, **{"usdt": 1_000, "trx": 1_000, **money})
    solidify(node)
    read()
    wallet_open(wallet=wallet)
    wallet.refresh_from_db()
    return wallet, person


def send_due() -> int:
    """Send what is due now or was sent before."""
    ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
    return broadcast_due(now=utc_now())


def confirm(node: SandboxProcess) -> None:
    """Let what was sent into a solid block, act on it, and book what moved."""
    node.mine(1 + SOLID_LAG)
    scan_all(now=utc_now())
    operations_settle(now=utc_now())
    while flows_book(now=utc_now()):
        pass


def done(node: SandboxProcess, answer: Answer) -> Operation:
    """Return the operation of a 202, after the workers and the chain have done their part."""
    assert answer.status == 202, answer.text
    operation = the(answer)
    read()
    operations_sign(wallet_id=operation.wallet_id, now=utc_now())
    transactions_cosign()
    send_due()
    confirm(node)
    return the(answer)


def the(answer: Answer) -> Operation:
    """Return the operation of an answer as it stands."""
    key = answer.body["operation_id"].rpartition("_")[2]
    return Operation.objects.select_related("transaction", "wallet").get(pk=key)


def trx(amount: int) -> int:
    """Return whole TRX in sun."""
    return amount * UNIT
