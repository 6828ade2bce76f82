"""Make composia/_gen from proto/: Google protobuf messages and the Connect services over them.

`proto/composia/v1/NAME.proto` becomes `composia/_gen/v1/NAME_pb2.py`, its `.pyi` and, where it declares a service,
`NAME_connect.py`. With `--check` nothing is written; the exit code is 1 when the committed code is not what proto/ gives.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GENERATED = ROOT / "composia" / "_gen"

NOTICE = '"""Generated from proto/ by `./dev gen`; never edited."""\n'
# protoc writes imports from the root of proto/; inside composia/_gen they have to be relative.
ABSOLUTE_IMPORT = re.compile(r"^from composia\.v1(?:\.(\w+))? import ", re.MULTILINE)


def generate(target: Path) -> None:
    """Write the whole generated package to `target`, which must not exist."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        run_protoc(out)
        shutil.copytree(out / "composia", target)
    for package in (target, *(path for path in target.rglob("*") if path.is_dir())):
        (package / "__init__.py").write_text(NOTICE)
    for module in (*target.rglob("*.py"), *target.rglob("*.pyi")):
        module.write_text(ABSOLUTE_IMPORT.sub(lambda found: f"from .{found[1] or ''} import ", module.read_text()))


def run_protoc(out: Path) -> None:
    """Compile every file under proto/ into `out`."""
    compiled = subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--proto_path={PROTO}",
            f"--plugin=protoc-gen-connectrpc={Path(sys.executable).parent / 'protoc-gen-connectrpc'}",
            f"--python_out={out}",
            f"--pyi_out={out}",
            f"--connectrpc_out={out}",
            "--connectrpc_opt=protobuf=google",
            *(str(path) for path in sorted(PROTO.rglob("*.proto"))),
        ],
        check=False,
    )
    if compiled.returncode:
        sys.exit("proto/ does not compile")


def contents(package: Path) -> dict[str, str]:
    """Every generated source file below `package` by its relative path."""
    sources = sorted(package.rglob("*.py")) + sorted(package.rglob("*.pyi"))
    return {str(path.relative_to(package)): path.read_text() for path in sources}


def main(arguments: list[str]) -> None:
    """Write composia/_gen, or compare it with `--check`."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "_gen"
        generate(fresh)
        if "--check" in arguments:
            wanted, present = contents(fresh), contents(GENERATED)
            stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
            if stale:
                sys.exit(f"composia/_gen is not what proto/ gives ({', '.join(stale)}): run ./dev gen and commit")
            return
        shutil.rmtree(GENERATED, ignore_errors=True)
        shutil.copytree(fresh, GENERATED)


if __name__ == "__main__":
    main(sys.argv[1:])
