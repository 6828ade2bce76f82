from pathlib import Path

import generate
import pytest

COMMON = 'syntax = "proto3"; package composia.v1; message Name { string text = 1; }'
AGENT = """
syntax = "proto3";
package composia.v1;
import "composia/v1/common.proto";
service AgentService { rpc Join(Name) returns (Name); }
"""


@pytest.fixture
def proto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A proto/ with a service over a message of another file, and nothing generated from it yet."""
    directory = tmp_path / "proto" / "composia" / "v1"
    directory.mkdir(parents=True)
    (directory / "common.proto").write_text(COMMON)
    (directory / "agent.proto").write_text(AGENT)
    monkeypatch.setattr(generate, "PROTO", tmp_path / "proto")
    monkeypatch.setattr(generate, "GENERATED", tmp_path / "_gen")
    monkeypatch.setattr(generate, "GENERATED_WEB", tmp_path / "gen")
    monkeypatch.setattr(generate, "OF_THE_PAGE", ("composia/v1/agent.proto",))
    return directory


def test_a_proto_file_becomes_messages_and_services_in_one_package(proto: Path) -> None:
    generate.main([])
    assert sorted(generate.contents(generate.GENERATED)) == [
        "__init__.py",
        "v1/__init__.py",
        "v1/agent_connect.py",
        "v1/agent_pb2.py",
        "v1/agent_pb2.pyi",
        "v1/common_pb2.py",
        "v1/common_pb2.pyi",
    ]


def test_generated_modules_import_each_other_relatively(proto: Path) -> None:
    generate.main([])
    assert "from .common_pb2 import Name\n" in (generate.GENERATED / "v1" / "agent_connect.py").read_text()
    assert [name for name, text in generate.contents(generate.GENERATED).items() if "from composia." in text] == []


def test_the_check_passes_only_while_the_code_is_what_proto_gives(proto: Path) -> None:
    generate.main([])
    generate.main(["--check"])
    (proto / "common.proto").write_text(COMMON.replace("text", "word"))
    with pytest.raises(SystemExit, match=r"v1/common_pb2\.py"):
        generate.main(["--check"])


def test_the_check_sees_code_that_no_proto_gives(proto: Path) -> None:
    generate.main([])
    (generate.GENERATED / "v1" / "left_over_pb2.py").touch()
    with pytest.raises(SystemExit, match=r"\(v1/left_over_pb2\.py\)"):
        generate.main(["--check"])


def test_a_proto_that_does_not_compile_leaves_the_code_as_it_was(proto: Path) -> None:
    generate.main([])
    before = generate.contents(generate.GENERATED)
    (proto / "common.proto").write_text("nonsense")
    with pytest.raises(SystemExit, match="proto/ does not compile"):
        generate.main([])
    assert generate.contents(generate.GENERATED) == before
