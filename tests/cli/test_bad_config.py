"""A configuration file that is none: one clear error with its place, the same from each command that reads it."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composia.cli.main import main

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="composia")


@pytest.mark.parametrize("kind", ["server", "agent"])
@pytest.mark.parametrize(
    ("content", "place", "message", "hint"),
    [
        (b"data: x\nlog:\n\tlevel: info\n", ":3:1", "a tab indents this line", "indent with spaces"),
        (b"log: {level: 3}\n", ":1:14", "expected `str`, got `int`", None),
        (b"log: [info]\n", ":1:6", "expected `object`, got `array`", ""),
        (b"data: [a]\n", ":1:7", "expected `str`, got `array`", ""),
        (b"dta: x\n", ":1:1", "unknown key dta", "did you mean data?"),
        (b"- data\n", ":1:1", "expected `object`, got `array`", ""),
        (b"just words\n", ":1:1", "expected `object`, got `str`", ""),
        (b"data: x\ndata: y\n", ":2:1", "key data is given twice, here and in line 1", "keep one of them"),
        (b"data: x\n---\ndata: y\n", ":3:1", "a second document begins here", "one file, one document"),
        (BOMB.encode(), ":6:8", "more than 200000 values, each counted as often as aliases repeat it", ""),
        (b"\x7fELF\x02\x01\x01\x00\x00", ":1:1", "no text in UTF-8: control characters are not allowed", ""),
        (b"data: caf\xe9\n", ":1:10", "no text in UTF-8: incomplete UTF-8 octet sequence", ""),
        (b"data: &a [*a]\n", ":1:11", "no anchor &a ends before this alias", ""),
        (b"[" * 200, ":1:101", "nested deeper than 100 levels", ""),
        (b"data: 'x\n", ":1:7", "this quote is never closed", "end the text with the same quote"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_configuration_is_refused_with_its_place(
    tmp_path: Path, kind: str, content: bytes, place: str, message: str, hint: str | None
) -> None:
    file = tmp_path / "composia.yaml"
    file.write_bytes(content)

    data = run("config", "show", kind, "--config", str(file), "-o", "json")
    text = run("config", "show", kind, "--config", str(file))
    started = run(kind, "--config", str(file))

    error = json.loads(data.stderr)
    assert error["where"] == f"{file}{place}"
    assert error["message"].startswith(message)
    assert error["code"] == "invalid"
    if hint is not None:
        assert error["hint"] == hint
    said = f"composia: {error['where']}: {error['message']}\n" + (f"  hint: {error['hint']}\n" if error["hint"] else "")
    assert text.stderr == started.stderr == said
    assert (text.exit_code, data.exit_code, started.exit_code) == (2, 2, 2)
    assert data.stdout == text.stdout == started.stdout == ""
    assert [path.name for path in tmp_path.iterdir() if path.name != "config"] == ["composia.yaml"]


@pytest.mark.parametrize("kind", ["server", "agent"])
def test_what_is_no_file_is_refused_with_its_name(tmp_path: Path, kind: str) -> None:
    absent, directory, endless = tmp_path / "absent.yaml", tmp_path, Path("/dev/zero")

    def error(file: Path) -> tuple[int, str, str]:
        result = run("config", "show", kind, "--config", str(file), "-o", "json")
        said = json.loads(result.stderr)
        assert said["where"] == str(file)
        assert run(kind, "--config", str(file)).exit_code == result.exit_code
        return result.exit_code, said["code"], said["message"]

    assert error(absent) == (1, "not_found", "no such configuration file")
    assert error(directory) == (2, "invalid", "cannot be read: is a directory")
    assert error(endless) == (2, "invalid", "more than 4 MiB of YAML")


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become somebody who may not read it")
def test_a_file_that_may_not_be_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "server.yaml"
    file.write_text("data: x\n")
    file.chmod(0)
    os.seteuid(65534)
    try:
        result = run("config", "show", "--config", str(file), "-o", "json")
    finally:
        os.seteuid(0)

    error = json.loads(result.stderr)
    assert (result.exit_code, error["message"], error["where"]) == (2, "cannot be read: permission denied", str(file))
    assert error["hint"] == "run as the user that owns it, or change its rights"
