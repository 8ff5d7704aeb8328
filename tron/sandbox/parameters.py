"""Chain parameters: the values mainnet stood at in 2026, under the names of java-tron.

Names and order: java-tron ``Wallet.getChainParameters`` (4.8.0). Amounts in sun.
"""

DAY_MS = 86_400_000
SLOT_MS = 3_000
ENERGY_FEE_SUN = 100
BANDWIDTH_FEE_SUN = 1_000
FREE_NET_LIMIT = 600
CREATE_ACCOUNT_BANDWIDTH_FEE_SUN = 100_000
CREATE_ACCOUNT_FEE_SUN = 1_000_000
MEMO_FEE_SUN = 1_000_000
MULTI_SIGN_FEE_SUN = 1_000_000
FEE_LIMIT_MAX_SUN = 15_000_000_000
TOTAL_NET_LIMIT = 43_200_000_000
TOTAL_ENERGY_LIMIT = 180_000_000_000
# What the rest of the world has staked, in TRX: it sets how much a staked TRX yields.
TOTAL_NET_WEIGHT_TRX = 26_000_000_000
TOTAL_ENERGY_WEIGHT_TRX = 19_000_000_000
STAKE_MIN_SUN = 1_000_000
UNFREEZE_DELAY_MS = 14 * DAY_MS
UNFREEZE_TIMES_MAX = 32  # java-tron UnfreezeBalanceV2Actuator.UNFREEZE_MAX_TIMES
DELEGATE_LOCK_BLOCKS = 86_400  # where a lock names no period: three days
DELEGATE_LOCK_BLOCKS_MAX = 864_000
VOTES_MAX = 30  # java-tron Parameter.ChainConstant.MAX_VOTE_NUMBER
WITHDRAW_PAUSE_MS = DAY_MS
MAINTENANCE_MS = 21_600_000
BROKERAGE_PERCENT = 20  # what a witness keeps of the rewards for its votes
REWARD_SUN_PER_VOTE = 20  # to the voter, every maintenance period: some 3 % a year
PERMISSION_UPDATE_FEE_SUN = 100_000_000
ACTIVES_MAX = 8

TRANSACTION_BYTES_MAX = 500 * 1024  # java-tron Constant.TRANSACTION_MAX_BYTE_SIZE
RESULT_BYTES_MAX = 64  # java-tron Constant.MAX_RESULT_SIZE_IN_TX
CREATE_ACCOUNT_BYTES_MAX = 1_000  # parameter 82
SIGNATURE_BYTES = 67  # java-tron Constant.PER_SIGN_LENGTH
BLOCK_BYTES_MAX = 2_000_000  # java-tron Parameter.ChainConstant.BLOCK_SIZE
SIGNATURES_MAX = 5
EXPIRATION_AHEAD_MAX_MS = DAY_MS

_VALUES = """
MaintenanceTimeInterval=21600000 AccountUpgradeCost=9999000000 CreateAccountFee=100000
TransactionFee=1000 AssetIssueFee=1024000000 WitnessPayPerBlock=8000000
WitnessStandbyAllowance=115200000000 CreateNewAccountFeeInSystemContract=1000000
CreateNewAccountBandwidthRate=1 AllowCreationOfContracts=1 RemoveThePowerOfTheGr=-1 EnergyFee=100
ExchangeCreateFee=1024000000 MaxCpuTimeOfOneTx=80 AllowUpdateAccountName=0 AllowSameTokenName=1
AllowDelegateResource=1 TotalEnergyLimit=180000000000 AllowTvmTransferTrc10=1
TotalEnergyCurrentLimit=180000000000 AllowMultiSign=1 AllowAdaptiveEnergy=0
TotalEnergyTargetLimit=6250000 TotalEnergyAverageUsage=0 UpdateAccountPermissionFee=100000000
MultiSignFee=1000000 AllowAccountStateRoot=0 AllowProtoFilterNum=0 AllowTvmConstantinople=1
AllowTvmSolidity059=1 AllowTvmIstanbul=1 AllowShieldedTRC20Transaction=1
ForbidTransferToContract=1 AdaptiveResourceLimitTargetRatio=10
AdaptiveResourceLimitMultiplier=1000 ChangeDelegation=1 Witness127PayPerBlock=128000000
AllowMarketTransaction=0 MarketSellFee=0 MarketCancelFee=0 AllowPBFT=0
AllowTransactionFeePool=0 MaxFeeLimit=15000000000 AllowOptimizeBlackHole=1
AllowNewResourceModel=0 AllowTvmFreeze=0 AllowTvmVote=1 AllowTvmLondon=1
AllowTvmCompatibleEvm=0 AllowAccountAssetOptimization=0 FreeNetLimit=600
TotalNetLimit=43200000000 AllowHigherLimitForMaxCpuTimeOfOneTx=1 AllowAssetOptimization=1
AllowNewReward=1 MemoFee=1000000 AllowDelegateOptimization=1 UnfreezeDelayDays=14
AllowOptimizedReturnValueOfChainId=1 AllowDynamicEnergy=1 DynamicEnergyThreshold=5000000000
DynamicEnergyIncreaseFactor=2000 DynamicEnergyMaxFactor=34000 AllowTvmShangHai=1
AllowCancelAllUnfreezeV2=1 MaxDelegateLockPeriod=864000 AllowOldRewardOpt=1
AllowEnergyAdjustment=1 MaxCreateAccountTxSize=1000 AllowStrictMath=1
ConsensusLogicOptimization=0 AllowTvmCancun=1 AllowTvmBlob=1
"""


def chain_parameters() -> list[dict[str, str | int]]:
    """Return ``getchainparameters``' list: a value of 0 is left out, as protobuf leaves it out."""
    pairs = (text.partition("=") for text in _VALUES.split())
    return [
        {"key": f"get{name}", "value": int(value)} if int(value) else {"key": f"get{name}"}
        for name, _, value in pairs
    ]
