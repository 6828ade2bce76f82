"""The Compose Specification's JSON schema: a copy out of a locked npm package, beside the code that reads it."""

import sys
from pathlib import Path

import webpage
from environment import ROOT, node_path

SOURCE = webpage.WEB / "node_modules" / "dclint" / "schemas" / "compose.schema.json"
TARGET = ROOT / "composia" / "core" / "definition" / "compose-schema.json"


def make(node: Path) -> None:
    """Put the schema where it belongs, with the `npm` of this directory, unless the same lies there already."""
    webpage.install(node)
    schema = SOURCE.read_bytes()
    if not TARGET.exists() or TARGET.read_bytes() != schema:
        TARGET.write_bytes(schema)


if __name__ == "__main__":
    try:
        make(node_path())
    except webpage.NpmFailed as failed:
        sys.exit(f"compose_schema: {failed}")
