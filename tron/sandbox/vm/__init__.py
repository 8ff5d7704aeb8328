"""A stand-in for the TRON virtual machine: it runs USDT, and reads of a pair that deals in it."""
