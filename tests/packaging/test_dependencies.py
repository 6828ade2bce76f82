from pathlib import Path

import dependencies
import pytest


def tree(place: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def contents(place: Path) -> dict[str, str]:
    return {str(path.relative_to(place)): path.read_text() for path in place.rglob("*") if path.is_file()}


def test_compiled_modules_of_several_pythons_share_one_tree(tmp_path: Path) -> None:
    merged = tree(tmp_path / "311", {"lib/__init__.py": "", "lib/fast.cpython-311-x86_64-linux-gnu.so": "a"})
    newer = tree(tmp_path / "312", {"lib/__init__.py": "", "lib/fast.cpython-312-x86_64-linux-gnu.so": "b"})
    dependencies.merge(newer, merged)
    assert contents(merged) == {
        "lib/__init__.py": "",
        "lib/fast.cpython-311-x86_64-linux-gnu.so": "a",
        "lib/fast.cpython-312-x86_64-linux-gnu.so": "b",
    }


def test_a_module_that_serves_every_python_needs_no_other(tmp_path: Path) -> None:
    merged = tree(tmp_path / "311", {"lib/fast.abi3.so": "a"})
    newer = tree(tmp_path / "313", {"lib/fast.cpython-313-x86_64-linux-gnu.so": "b"})
    dependencies.merge(newer, merged)
    assert contents(merged) == {"lib/fast.abi3.so": "a"}


def test_a_file_that_differs_between_the_pythons_stops_the_build(tmp_path: Path) -> None:
    merged = tree(tmp_path / "311", {"lib/__init__.py": "one"})
    newer = tree(tmp_path / "312", {"lib/__init__.py": "two"})
    with pytest.raises(SystemExit, match=r"lib/__init__\.py differs between the Pythons"):
        dependencies.merge(newer, merged)


def test_licences_metadata_and_code_stay_and_what_only_developers_read_goes(tmp_path: Path) -> None:
    kept = {
        "lib/__init__.py": "",
        "lib-1.dist-info/METADATA": "",
        "lib-1.dist-info/entry_points.txt": "",
        "lib-1.dist-info/licenses/LICENSE": "",
    }
    dropped = {
        "bin/tool": "",
        "lib/__init__.pyi": "",
        "lib/fast.c": "",
        "lib/py.typed": "",
        "lib/tests/test_lib.py": "",
        "lib-1.dist-info/RECORD": "",
        "lib-1.dist-info/direct_url.json": "",
    }
    site = tree(tmp_path / "site", kept | dropped)
    dependencies.prune(site)
    assert contents(site) == kept
