"""`composia user`."""

import sys
from pathlib import Path

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table
from composia.cli.profile import read_text
from composia.core.principal import PEOPLE, Role
from composia.core.user import check_new_password, check_user

password_file_option = click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file with the password, or - for standard input; without it a terminal asks.",
)


@click.group(cls=LazyGroup)
def user() -> None:
    """People who sign in to the web page with a name and a password."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role if role in PEOPLE]), required=True)
@password_file_option
@output_option
def add(name: str, role: str, password_file: Path | None, output: str) -> None:
    """Add a user. The password is asked for twice, or read from a file; it is kept only as a digest.

    \b
    Example:
      composia user add ada --role admin
      composia user add ci --role viewer --password-file ci.password
    """
    check_user(name, Role(role))
    password = _new_password(name, password_file)
    made = ask(lambda server: server.create_user(name, Role(role), password))
    emit(output, shapes.user(made), lambda: click.echo(f"added {made.name} ({made.role})"))


@user.command()
@click.argument("name")
@password_file_option
@output_option
def passwd(name: str, password_file: Path | None, output: str) -> None:
    """Give a user another password. The user's sessions end.

    \b
    Example:
      composia user passwd ada
    """
    password = _new_password(name, password_file)
    changed = ask(lambda server: server.set_password(name, password, ""))
    emit(output, shapes.user(changed), lambda: click.echo(f"changed the password of {changed.name}"))


@user.command("list")
@output_option
def list_users(output: str) -> None:
    """All users.

    \b
    Example:
      composia user list
    """
    users = ask(lambda server: server.list_users())
    emit(
        output,
        {"users": [shapes.user(u) for u in users]},
        lambda: print_table(
            ("NAME", "ROLE", "SIGNED IN", "CREATED", "BY"),
            [
                (
                    u.name,
                    u.role,
                    shapes.time(u.signed_in_ms) or "never",
                    shapes.time(u.created_ms) or "-",
                    u.created_by,
                )
                for u in users
            ],
        ),
    )


@user.command()
@click.argument("name")
@output_option
def remove(name: str, output: str) -> None:
    """Remove a user, and end the user's sessions.

    \b
    Example:
      composia user remove ada
    """
    removed = ask(lambda server: server.remove_user(name))
    left = ask(lambda server: server.list_users())
    emit(output, shapes.user(removed), lambda: click.echo(f"removed {removed.name} ({removed.role})"))
    if removed.role is Role.ADMIN and Role.ADMIN not in {u.role for u in left}:
        click.echo("no user is an admin now; whoever has an admin's token still is", err=True)


def _new_password(name: str, file: Path | None) -> str:
    """The new password, which is fit to be one: never from the arguments, which everybody on the host can read."""
    if file is not None:
        is_piped = str(file) == "-"
        password = sys.stdin.read().strip("\r\n") if is_piped else read_text(file, "--password-file", "\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    else:
        raise click.UsageError("there is no terminal to ask for the password; give it with --password-file FILE")
    check_new_password(name, password)
    return password
