"""What the sandbox refuses, in the words of java-tron."""


class Refused(Exception):
    """A transaction is not accepted: the ``code`` and the text of a broadcast answer.

    Codes: java-tron ``GrpcAPI.Return.response_code``; texts: ``Wallet.broadcastTransaction``.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


class ContractInvalid(Refused):
    """The contract of a transaction cannot be executed on this state."""

    def __init__(self, reason: str) -> None:
        super().__init__("CONTRACT_VALIDATE_ERROR", f"Contract validate error : {reason}")
        self.reason = reason


class BadRequest(Exception):
    """A request cannot be understood; ``java_class`` names what a real node would throw."""

    def __init__(self, text: str, java_class: str = "java.lang.IllegalArgumentException") -> None:
        super().__init__(text)
        self.text = text
        self.java_class = java_class


class SandboxError(Exception):
    """The sandbox cannot start or go on."""
