"""The configuration reference has every key, and is noticed when it is out of date."""

from pathlib import Path

import config_reference
import msgspec
import pytest

from composia.config import AgentConfig, ServerConfig


def test_every_key_of_server_and_agent_is_there() -> None:
    text = config_reference.reference()
    for kind in (ServerConfig, AgentConfig):
        for field in msgspec.structs.fields(kind):
            assert f"| `{field.encode_name}` |" in text or f"### {field.name}" in text
    assert "| `retention.output_mib` | a whole number, 1 or more | `4096` |" in text
    assert '| `tls.mode` | `auto`, `files`, `off` | `"auto"` |' in text


def test_every_provider_is_there_with_its_keys() -> None:
    text = config_reference.reference()
    shown = text.partition("### source: git\n")[2].partition("\n### ")[0]
    assert "| `url` | text | required |" in shown
    assert "| `timeout_s` | a number | `60.0` |" in shown
    assert "### node_selector: binpack" in text


def test_a_reference_that_is_out_of_date_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_reference, "FILE", tmp_path / "configuration.md")
    config_reference.main([])
    config_reference.main(["--check"])
    config_reference.FILE.write_text(config_reference.FILE.read_text().replace("lease_s", "lent_s"))
    with pytest.raises(
        SystemExit, match=r"configuration\.md is not what the configuration's types say: run \./dev gen"
    ):
        config_reference.main(["--check"])
