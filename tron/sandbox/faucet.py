"""Gives TRX and USDT away, by ordinary signed transfers from the first account."""

from tron.address import address_parse
from tron.sandbox import proto
from tron.sandbox.build import transaction_build
from tron.sandbox.clock import wall_ms
from tron.sandbox.errors import Refused
from tron.sandbox.genesis import FAUCET_ADDRESS, FAUCET_KEY, USDT_ADDRESS
from tron.sandbox.network import Network
from tron.sandbox.transactions import txid_of
from tron.sandbox.vm.abi import selector, word

FEE_LIMIT_SUN = 1_000_000_000
TRANSFER = selector("transfer(address,uint256)")


class Faucet:
    """Signs transfers of the genesis account and admits them like anybody's."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._last_ms = 0

    def trx_send(self, address: str, amount_sun: int) -> str:
        """Send TRX and return the txid; raises ``Refused`` or ``InvalidAddress``."""
        payload = proto.CONTRACT_CLASSES["TransferContract"](
            owner_address=FAUCET_ADDRESS, to_address=address_parse(address), amount=amount_sun
        )
        return self._send("TransferContract", payload)

    def usdt_send(self, address: str, amount_micro: int) -> str:
        """Send USDT and return the txid; raises ``Refused`` or ``InvalidAddress``."""
        payload = proto.CONTRACT_CLASSES["TriggerSmartContract"](
            owner_address=FAUCET_ADDRESS,
            contract_address=USDT_ADDRESS,
            data=TRANSFER + word(address_parse(address)[1:]) + word(amount_micro),
        )
        return self._send("TriggerSmartContract", payload, FEE_LIMIT_SUN)

    def _send(self, contract_type: str, payload: object, fee_limit_sun: int = 0) -> str:
        # Two equal gifts in one millisecond would be one transaction.
        self._last_ms = max(self._last_ms + 1, wall_ms())
        node = self._network.producer
        if node is None:
            raise Refused("NO_CONNECTION", "every node is on a fork of its own")
        message = transaction_build(
            node,
            contract_type,
            payload,
            fee_limit_sun=fee_limit_sun,
            timestamp_ms=self._last_ms,
        )
        digest = txid_of(message.raw_data)
        message.signature.append(FAUCET_KEY.sign_recoverable(digest, hasher=None))
        return node.admit(message).txid.hex()
