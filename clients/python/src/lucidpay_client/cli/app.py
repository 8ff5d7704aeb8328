"""The commands together."""

import os

import click

from lucidpay_client.cli.doctor import doctor
from lucidpay_client.cli.hooks import listen, trigger
from lucidpay_client.cli.look import stats, status, watch
from lucidpay_client.cli.pay import batch, pay
from lucidpay_client.cli.setup import completion, configure
from lucidpay_client.cli.show import CODES, Session
from lucidpay_client.version import __version__


@click.group(epilog=CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lucidpay")
@click.pass_context
def app(context: click.Context) -> None:
    """Pay people in USDT through a LucidPay platform.

    The platform and its key come from LUCIDPAY_URL and LUCIDPAY_API_KEY, or from a profile
    (lucidpay configure).
    """
    if context.obj is None:
        context.obj = Session(os.environ)


for command in (pay, batch, status, watch, stats, listen, trigger, doctor, configure, completion):
    app.add_command(command)
