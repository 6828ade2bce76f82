"""Make composia/_gen and web/src/lib/gen from proto/: messages, and the Connect services over them.

`proto/composia/v1/NAME.proto` becomes `composia/_gen/v1/NAME_pb2.py`, its `.pyi` and, where it declares a service,
`NAME_connect.py`; and, with what people may ask, `web/src/lib/gen/composia/v1/NAME_pb.ts`. With `--check` nothing is
written; the exit code is 1 when the committed code is not what proto/ gives.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
import webpage

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GENERATED = ROOT / "composia" / "_gen"
GENERATED_WEB = ROOT / "web" / "src" / "lib" / "gen"
OF_THE_PAGE = ("composia/v1/server.proto", "composia/v1/error.proto")
"""The files whose messages the page knows, with all that they import."""

NOTICE = '"""Generated from proto/ by `./dev gen`; never edited."""\n'
# protoc writes imports from the root of proto/; inside composia/_gen they have to be relative.
IMPORT = re.compile(r'^import "(composia/[^"]+)";', re.MULTILINE)
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


def generate_web(target: Path) -> None:
    """Write the page's client, what ServerService needs, to `target`, which must not exist."""
    node = environment.node_path()
    webpage.install(node)
    target.mkdir(parents=True)
    words = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--proto_path={PROTO}",
        f"--plugin=protoc-gen-es={webpage.WEB / 'node_modules' / '.bin' / 'protoc-gen-es'}",
        f"--es_out={target}",
        "--es_opt=target=ts,import_extension=ts",
        *(str(path) for path in needed_by(*OF_THE_PAGE)),
    ]
    if subprocess.run(words, check=False, env=webpage.with_node(node)).returncode:
        sys.exit("proto/ does not compile to TypeScript")


def needed_by(*names: str) -> list[Path]:
    """Those files of proto/ and all that they import, sorted."""
    found: set[str] = set()
    open_ = [*names]
    while open_:
        one = open_.pop()
        if one not in found:
            found.add(one)
            open_ += IMPORT.findall((PROTO / one).read_text())
    return sorted(PROTO / one for one in found)


def contents(package: Path) -> dict[str, str]:
    """Every generated source file below `package` by its relative path."""
    sources = sorted(path for ending in ("py", "pyi", "ts") for path in package.rglob(f"*.{ending}"))
    return {str(path.relative_to(package)): path.read_text() for path in sources}


def main(arguments: list[str]) -> None:
    """Write both, or compare them with `--check`."""
    with tempfile.TemporaryDirectory() as scratch:
        for present, make in ((GENERATED, generate), (GENERATED_WEB, generate_web)):
            fresh = Path(scratch) / present.name
            make(fresh)
            if "--check" in arguments:
                compare(contents(fresh), contents(present), present)
            else:
                shutil.rmtree(present, ignore_errors=True)
                shutil.copytree(fresh, present)


def compare(wanted: dict[str, str], present: dict[str, str], package: Path) -> None:
    """End with the names of the files that differ, when some do."""
    stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if stale:
        where = os.path.relpath(package, ROOT)
        sys.exit(f"{where} is not what proto/ gives ({', '.join(stale)}): run ./dev gen and commit")


if __name__ == "__main__":
    main(sys.argv[1:])
