"""Which server and as whom: from the environment, else from what `composia login` stored."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from composia.durable import write_durably
from composia.errors import Invalid, NotFound, of_the_system


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A server's URL, a token, and the CA to trust (PEM text; empty means the system's)."""

    server: str
    token: str = field(repr=False)
    ca: str = ""


def load_profile() -> Profile:
    """The profile in force. COMPOSIA_SERVER, COMPOSIA_TOKEN and COMPOSIA_CA each win over what is stored."""
    stored = _stored()
    server = (os.environ.get("COMPOSIA_SERVER", "").strip() or stored.get("server", "")).rstrip("/")
    same_server = server == stored.get("server", "").rstrip("/")
    token = os.environ.get("COMPOSIA_TOKEN", "").strip() or (stored.get("token", "") if same_server else "")
    ca_file = os.environ.get("COMPOSIA_CA")
    ca = read_text(Path(ca_file), "COMPOSIA_CA") if ca_file else stored.get("ca", "") if same_server else ""
    if not server:
        raise NotFound("no server is known", hint="composia login https://… --token-file F --ca-file F")
    if not token:
        raise NotFound(f"no token for {server} is known", hint="composia login, or set COMPOSIA_TOKEN")
    return Profile(server=server, token=token, ca=ca)


def save_profile(profile: Profile) -> Path:
    """Store a profile so that only its owner can read it."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = {"server": profile.server, "token": profile.token, "ca": profile.ca}
    write_durably(path, json.dumps(stored).encode())
    return path


def read_text(path: Path, what: str, around: str | None = None) -> str:
    """A small file's text without the white space around it, or without `around`; an error that names it otherwise."""
    try:
        text = path.read_text("utf-8").strip(around)
    except FileNotFoundError as error:
        raise NotFound(f"no such file for {what}", where=str(path)) from error
    except OSError as error:
        told = of_the_system(error)
        raise Invalid(f"the file for {what} cannot be read: {told.message}", where=str(path), hint=told.hint) from error
    except UnicodeDecodeError as error:
        raise Invalid(f"the file for {what} is no text", where=str(path)) from error
    if not text:
        raise Invalid(f"the file for {what} is empty", where=str(path))
    return text


def _path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "composia" / "profile.json"


def _stored() -> dict[str, str]:
    path = _path()
    if not path.exists():
        return {}
    try:
        stored: dict[str, str] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise Invalid("the stored login cannot be read", where=str(path), hint="composia login again") from error
    return stored
