"""The ``lucidpay`` command."""

import sys


def main() -> None:
    """Run the command line; it needs the extra ``cli``."""
    try:
        import click  # noqa: F401
    except ImportError:
        sys.exit("The command line needs click: pip install 'lucidpay-client[cli]'")
    from lucidpay_client.cli.app import app

    app(prog_name="lucidpay")
