"""``python -m lucidpay_client.cli``."""

from lucidpay_client.cli import main

main()
