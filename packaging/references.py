"""References that are made of the code and committed, so that they can be read where the code is."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCES = ROOT / "docs" / "reference"


def write_or_compare(file: Path, text: str, source: str, arguments: list[str]) -> None:
    """Write the file, or, with `--check` among the arguments, end with an error when it holds anything else."""
    if "--check" not in arguments:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    elif not file.exists() or file.read_text() != text:
        sys.exit(f"docs/reference/{file.name} is not what {source}: run ./dev gen and commit")
