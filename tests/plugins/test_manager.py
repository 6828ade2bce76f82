"""Plugins are loaded from three places by one door, and a broken one leaves the others alone."""

import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from textwrap import dedent

import pytest

from composia.clock import ManualClock
from composia.errors import Conflict, Invalid, NotFound
from composia.plugins.discovery import BUILT_IN
from composia.plugins.manager import POINTS, load_plugins
from composia.plugins.provider import Context

CALM = """
    from composia.plugins import Provider, hookimpl
    from composia.plugins.scheduler import Schedule

    class Calm:
        def choose(self, offered, load, now_ms):
            return Schedule(start=())

    async def open_calm(config, context):
        return Calm()

    @hookimpl
    def composia_scheduler():
        return Provider(name="calm", open=open_calm)
"""

LAX = """
    import msgspec
    from composia.plugins import Provider, hookimpl

    class Lax(msgspec.Struct):
        speed: int = 1

    @hookimpl
    def composia_scheduler():
        return Provider(name="lax", open=print, config=Lax)
"""


def write_plugin(directory: Path, name: str, text: str) -> Path:
    directory.mkdir(mode=0o755, exist_ok=True)
    file = directory / f"{name}.py"
    file.write_text(dedent(text))
    file.chmod(0o644)
    return file


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    path = list(sys.path)
    yield tmp_path / "plugins"
    sys.path[:] = path


def test_every_built_in_plugin_loads_and_every_point_has_a_provider() -> None:
    plugins = load_plugins(None)

    assert [(info.name, info.error) for info in plugins.infos if info.origin == "built-in"] == [
        (name, "") for name in BUILT_IN
    ]
    assert {provided.partition("/")[0] for info in plugins.infos for provided in info.provides} == set(POINTS)


def test_a_single_file_in_the_directory_is_a_plugin(directory: Path) -> None:
    file = write_plugin(directory, "calm", CALM)

    plugins = load_plugins(directory)

    assert plugins.choose("scheduler", "calm").name == "calm"
    assert [(i.origin, i.location, i.provides) for i in plugins.infos if i.name == "calm"] == [
        ("file", str(file), ("scheduler/calm",))
    ]


def test_a_package_installed_beside_them_is_a_plugin(directory: Path) -> None:
    library = directory / "lib"
    library.mkdir(parents=True)
    write_plugin(library, "calm_package", CALM)
    metadata = library / "calm_package-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: calm-package\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text("[composia]\ncalm = calm_package\n")

    plugins = load_plugins(directory)

    assert plugins.choose("scheduler", "calm").name == "calm"
    assert [(i.origin, i.location, i.version) for i in plugins.infos if i.name == "calm"] == [
        ("package", "calm-package (calm_package)", "1.2")
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise SystemExit('I leave')\n", "SystemExit: I leave"),
        ("def broken(:\n", "SyntaxError: invalid syntax"),
        (
            "from composia.plugins import hookimpl\n@hookimpl\ndef composia_schedular():\n    pass\n",
            "PluginValidationError: unknown hook composia_schedular; did you mean composia_scheduler?",
        ),
        (
            "from composia.plugins import hookimpl\n@hookimpl\ndef composia_scheduler():\n    return 3\n",
            "TypeError: composia_scheduler returned int, not a Provider",
        ),
        (
            LAX,
            "TypeError: Lax of lax must have forbid_unknown_fields=True",
        ),
        (
            "from composia.plugins import hookimpl\n@hookimpl\ndef composia_scheduler():\n    return 1 / 0\n",
            "ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_broken_plugin_says_why_and_leaves_the_others_alone(directory: Path, text: str, error: str) -> None:
    write_plugin(directory, "broken", text)
    write_plugin(directory, "calm", CALM)

    plugins = load_plugins(directory)

    (info,) = [info for info in plugins.infos if info.name == "broken"]
    assert info.error.startswith(error)
    assert info.provides == ()
    assert plugins.choose("scheduler", "calm").name == "calm"


def test_a_file_that_others_can_write_is_not_run(directory: Path) -> None:
    file = write_plugin(directory, "calm", CALM)
    file.chmod(0o666)

    (info,) = [info for info in load_plugins(directory).infos if info.name == "calm"]

    assert "can be written by others" in info.error


def test_an_unknown_name_lists_the_known_ones_and_what_was_not_loaded(directory: Path) -> None:
    write_plugin(directory, "broken", "raise RuntimeError('no')\n")

    with pytest.raises(NotFound) as caught:
        load_plugins(directory).choose("scheduler", "rushed")

    assert caught.value.message == "no scheduler named rushed"
    assert caught.value.hint.startswith("known: fair; not loaded: broken (RuntimeError: no")


def test_two_providers_of_one_name_are_an_error_that_names_both(directory: Path) -> None:
    write_plugin(directory, "calm", CALM)
    write_plugin(directory, "calmer", CALM)

    with pytest.raises(Conflict) as caught:
        load_plugins(directory).choose("scheduler", "calm")

    assert caught.value.message == "scheduler calm is provided by calm and calmer"


async def _open(section: dict[str, object], tmp_path: Path) -> object:
    return await load_plugins(None).open("scheduler", section, Context(data=tmp_path, clock=ManualClock()))


@pytest.mark.anyio
async def test_a_section_is_the_configuration_of_its_provider(tmp_path: Path) -> None:
    scheduler = await _open({"provider": "fair", "per_node": 2}, tmp_path)

    assert type(scheduler).__name__ == "FairScheduler"


@pytest.mark.anyio
async def test_an_unknown_key_of_a_section_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        await _open({"provider": "fair", "per_nod": 2}, tmp_path)

    assert str(caught.value) == "scheduler.fair: unknown key per_nod"
    assert caught.value.hint == "did you mean per_node?"


@pytest.mark.anyio
async def test_a_wrong_value_in_a_section_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        await _open({"provider": "fair", "per_node": 0}, tmp_path)

    assert str(caught.value) == "scheduler.fair.per_node: expected `int` >= 1"


@pytest.mark.anyio
async def test_a_section_without_a_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="scheduler: a section needs the name of its provider"):
        await _open({"per_node": 2}, tmp_path)


def test_a_directory_that_others_can_write_is_not_used(directory: Path) -> None:
    write_plugin(directory, "calm", CALM)
    directory.chmod(0o777)

    infos = [info for info in load_plugins(directory).infos if info.origin == "file"]

    assert [(info.location, "can be written by others" in info.error) for info in infos] == [(str(directory), True)]


def test_what_composia_brings_wins_over_a_package_beside_the_plugins(directory: Path) -> None:
    library = directory / "lib"
    library.mkdir(parents=True)
    (library / "msgspec.py").write_text("raise RuntimeError('a stranger in our place')\n")

    load_plugins(directory)

    found = PathFinder.find_spec("msgspec")
    assert found is not None
    assert not str(found.origin).startswith(str(library))


def test_a_plugin_that_fails_is_logged_once(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_plugin(directory, "broken", "raise RuntimeError('no')\n")

    load_plugins(directory)

    assert [(r.getMessage(), r.__dict__["plugin"]) for r in caplog.records] == [("plugin not loaded", "broken")]
