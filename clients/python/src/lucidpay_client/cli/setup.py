"""``lucidpay configure`` and ``completion``."""

import click
from click.shell_completion import get_completion_class

from lucidpay_client.cli.profiles import DEFAULT, config_file, profile_write
from lucidpay_client.cli.show import Session
from lucidpay_client.wire import http_settings

SHELLS = click.Choice(["bash", "zsh", "fish"])


@click.command()
@click.option("--profile", default=DEFAULT, show_default=True)
@click.option("--url", prompt=True, help="As https://pay.example.com.")
@click.option("--api-key", prompt=True, hide_input=True, help="Asked for, so that no one sees it.")
@click.pass_obj
def configure(session: Session, profile: str, url: str, api_key: str) -> None:
    """Keep a platform and its key as a profile, in a file that only you can read."""
    try:
        http_settings(api_key, url, 1.0)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    path = config_file(session.environ)
    profile_write(path, profile, url, api_key)
    click.echo(f"Kept as profile {profile} in {path}", err=True)


@click.command()
@click.argument("shell", type=SHELLS)
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what completes commands in SHELL: source it from your shell's own file."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101  (the choice above knows these only)
    root = context.find_root()
    click.echo(made(root.command, {}, "lucidpay", "_LUCIDPAY_COMPLETE").source())
