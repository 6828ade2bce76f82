"""`composia token`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table
from composia.core.principal import Role


@click.group(cls=LazyGroup)
def token() -> None:
    """API tokens for people and nodes."""


@token.command()
@click.option("--role", type=click.Choice([role.value for role in Role if role is not Role.JOINER]), required=True)
@click.option("--node", default="", metavar="NAME", help="The node that a token of role node is for.")
@click.option("-q", "--quiet", is_flag=True, help="Print the token alone.")
@output_option
def create(role: str, node: str, quiet: bool, output: str) -> None:
    """Make a token. It is shown once and kept only as a digest.

    \b
    Example:
      composia token create --role node --node node-a -q > node-a.token
    """
    info, secret = ask(lambda server: server.create_token(Role(role), node))
    if quiet:
        click.echo(secret)
        return
    emit(
        output,
        {**shapes.token(info), "token": secret},
        lambda: print_table(("ID", "ROLE", "NODE", "TOKEN"), [(info.id, info.role, info.node or "-", secret)]),
    )


@token.command("list")
@output_option
def list_tokens(output: str) -> None:
    """All tokens that are good for something, without their secrets.

    \b
    Example:
      composia token list
    """
    tokens = ask(lambda server: server.list_tokens())
    emit(
        output,
        {"tokens": [shapes.token(t) for t in tokens]},
        lambda: print_table(
            ("ID", "ROLE", "NODE", "CREATED", "BY", "EXPIRES", "USES"),
            [
                (
                    t.id,
                    t.role,
                    t.node or "-",
                    shapes.time(t.created_ms) or "-",
                    t.created_by,
                    shapes.time(t.expires_ms) or "-",
                    t.uses or "-",
                )
                for t in tokens
            ],
        ),
    )


@token.command()
@click.argument("id_", metavar="ID")
@output_option
def revoke(id_: str, output: str) -> None:
    """End a token, and everything that is open with it.

    \b
    Example:
      composia token revoke 1f0c9a3b7e52
    """
    revoked = ask(lambda server: server.revoke_token(id_))
    whose = f"{revoked.role} {revoked.node}".strip()
    emit(output, shapes.token(revoked), lambda: click.echo(f"revoked {revoked.id} ({whose})"))
