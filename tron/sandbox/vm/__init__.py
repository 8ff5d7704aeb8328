"""A stand-in for the TRON virtual machine: it runs one contract, USDT."""
