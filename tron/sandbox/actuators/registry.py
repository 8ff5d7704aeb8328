"""Which actuator executes which type of contract."""

from tron.sandbox.actuators import delegation, freeze, permission, transfer, votes
from tron.sandbox.actuators.checks import Actuator

ACTUATORS: dict[str, Actuator] = {
    "TransferContract": transfer.TRANSFER,
    "AccountCreateContract": transfer.CREATE,
    "AccountPermissionUpdateContract": permission.UPDATE,
    "FreezeBalanceV2Contract": freeze.FREEZE,
    "UnfreezeBalanceV2Contract": freeze.UNFREEZE,
    "WithdrawExpireUnfreezeContract": freeze.WITHDRAW,
    "CancelAllUnfreezeV2Contract": freeze.CANCEL,
    "DelegateResourceContract": delegation.DELEGATE,
    "UnDelegateResourceContract": delegation.UNDELEGATE,
    "VoteWitnessContract": votes.VOTE,
    "WithdrawBalanceContract": votes.WITHDRAW,
}
