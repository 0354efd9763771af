"""What somebody at a terminal is asked: for a new password, and whether they know what they do."""

import sys

import click


def new_password(*, from_stdin: bool) -> str:
    """Return the password that somebody types twice, or the first line of stdin for a script."""
    if from_stdin:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked for a password here: say --password-stdin.")
    return click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)


def ask_twice(question: str, what: str, wanted: str, instead: str) -> str:
    """Return what somebody at a terminal has typed who agrees, and who knows what is meant."""
    if not sys.stdin.isatty():
        raise click.ClickException(f"Nobody is at a terminal to be asked: say {instead}.")
    click.confirm(question, abort=True, err=True)
    typed = click.prompt(f"Type {what}, {wanted}", err=True)
    if typed != wanted:
        raise click.ClickException("That is another name. Nothing was done.")
    return typed
