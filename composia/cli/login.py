"""`composia login`."""

from pathlib import Path

import click

from composia.cli.output import emit, output_option
from composia.cli.profile import Profile, read_text, save_profile


@click.command()
@click.argument("url")
@click.option("--token-file", required=True, type=click.Path(path_type=Path), help="A file with the token.")
@click.option("--ca-file", type=click.Path(path_type=Path), help="The server's ca.pem; without it the system's CAs.")
@output_option
def login(url: str, token_file: Path, ca_file: Path | None, output: str) -> None:
    """Check a server and a token, and remember them for the other commands.

    \b
    Example:
      composia login https://127.0.0.1:8443 --token-file DIR/admin.token --ca-file DIR/ca.pem
    """
    import asyncio  # noqa: PLC0415 - only what runs pays for it

    from composia.cli.connection import connected  # noqa: PLC0415

    profile = Profile(
        server=url.rstrip("/"),
        token=read_text(token_file, "--token-file"),
        ca=read_text(ca_file, "--ca-file") if ca_file else "",
    )

    async def check() -> str:
        async with connected(profile) as server:
            return (await server.get_server_info()).version

    version = asyncio.run(check())
    path = save_profile(profile)
    said = f"logged in to {profile.server} (Composia {version}); stored in {path}"
    data = {"server": profile.server, "version": version, "profile": str(path)}
    emit(output, data, lambda: click.echo(said, err=True))
