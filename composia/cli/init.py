"""`composia init`."""

import json
import posixpath
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import click

from composia.cli import shapes
from composia.cli.compose_directories import Skipped, definitions_around, survey, tree_of, usual_files
from composia.cli.output import emit, output_option
from composia.cli.problems import count, print_problems
from composia.core.definition.document import Mapping as YamlMapping
from composia.core.definition.document import Scalar, Unreadable, parse_documents
from composia.core.definition.dotenv import named_files, read_dotenv
from composia.core.definition.interpolation import Known, Variables, replace_variables
from composia.core.definition.meta import COMPOSE_FILES
from composia.core.definition.reading import read_definition
from composia.core.definition.scalars import meaning
from composia.core.definition.tree import Tree
from composia.core.naming import as_project, free_name
from composia.core.problem import Problem
from composia.core.service import META_FILE, NAME
from composia.errors import NotFound, of_the_system
from composia.server.contents import shown

ENV_FILE = ".env"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A definition that was made: its directory, its text, and what is wrong with it or its Compose files."""

    directory: str
    name: str
    project: str
    text: str
    note: str = ""
    problems: tuple[Problem, ...] = ()


@click.command()
@click.argument("path", metavar="[DIR]", default=".", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--node", "nodes", multiple=True, metavar="N", help="Where the services run; repeatable.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@output_option
def init(path: Path, nodes: tuple[str, ...], dry_run: bool, output: str) -> None:
    """Write a composia-meta.yaml beside each Compose file below a directory that has none.

    What is there is never overwritten. A service is named after its directory; its Compose project is the one that
    `docker compose up` there makes, so that what runs already is taken over. Without --node the server chooses one.

    \b
    Example:
      composia init ~/services --node node-a
    """
    for node in nodes:
        if not NAME.fullmatch(node):
            raise click.UsageError(f"{node!r} is no name of a node: small letters, digits, - and _")
    root = path.resolve()
    try:
        found = survey(root)
        writer = _Writer(root, tuple(dict.fromkeys(nodes)), dry_run=dry_run)
    except OSError as error:
        raise of_the_system(error, str(path)) from error
    for directory in found.fresh:
        writer.write(directory)
    written, skipped = writer.written, [*found.skipped, *writer.failed]
    if not written and not skipped:
        raise NotFound("no Compose file below this directory", where=str(path), hint=f"add {COMPOSE_FILES[0]}")
    data = {
        "written": [
            {
                "directory": shown(one.directory),
                "name": one.name,
                "project": one.project,
                "note": one.note,
                "problems": [shapes.problem(p) for p in one.problems],
            }
            for one in written
        ],
        "skipped": [{"directory": shown(one.directory), "reason": shown(one.reason)} for one in skipped],
        "dry_run": dry_run,
    }
    emit(output, data, lambda: _print(written, skipped, dry_run=dry_run))
    if writer.failed:
        raise click.exceptions.Exit(1)


class _Writer:
    """Makes definitions, each with a name and a project of its own."""

    def __init__(self, root: Path, nodes: tuple[str, ...], *, dry_run: bool) -> None:
        self.written: list[Written] = []
        self.failed: list[Skipped] = []
        self._root = root
        self._nodes = nodes
        self._dry_run = dry_run
        self._names: set[str] = set()
        self._projects: set[str] = set()
        for file in definitions_around(root):
            with suppress(OSError):  # it names nothing then
                name, project = _texts(file.read_bytes(), "name", "project_name")
                self._names.add(name)
                self._projects.add(project or name)

    def write(self, directory: str) -> None:
        """Make the definition of a directory; what the system refuses is noted."""
        try:
            one = self._definition(directory)
            if not self._dry_run:
                with (self._root / directory / META_FILE).open("x", encoding="utf-8") as file:
                    file.write(one.text)
        except OSError as error:
            self.failed.append(Skipped(directory=directory, reason=str(of_the_system(error))))
            return
        self._names.add(one.name)
        self._projects.add(one.project)
        self.written.append(one)

    def _definition(self, directory: str) -> Written:
        place = self._root / directory
        tree = tree_of(place)
        path = f"{self._root.name}/{directory}" if directory != "." else self._root.name
        name = free_name(path, self._names)
        variables = _variables(place, tree)
        files = _listed_files(tree, variables)
        project, note = self._project(path, name, _said_project(place, files or usual_files(tree), tree, variables))
        text = f"name: {_plain(name)}\n"
        if project != name:
            text += f"project_name: {_plain(project)}\n"
        if files:
            text += f"compose_files: {json.dumps(files, ensure_ascii=False)}\n"
        text += f"nodes: [{', '.join(map(_plain, self._nodes))}]\n" if self._nodes else "placement: {count: 1}\n"
        problems = _problems(place, replace(tree, files=tree.files | {META_FILE}), text)
        placed = tuple(replace(p, file=shown(posixpath.normpath(posixpath.join(directory, p.file)))) for p in problems)
        return Written(directory=directory, name=name, project=project, text=text, note=note, problems=placed)

    def _project(self, path: str, name: str, said: str) -> tuple[str, str]:
        """The project that `docker compose up` makes there, or else one that is free, with the reason."""
        if NAME.fullmatch(said) and said not in self._projects:
            return said, ""
        free = name if name not in self._projects else free_name(path, {*self._names, *self._projects})
        if NAME.fullmatch(said):
            return free, f"its project is {free}, since {said} is that of another service already"
        return free, f"its project is {free}, since what Compose calls it depends on more than these files"


def _variables(place: Path, tree: Tree) -> Mapping[str, str | None]:
    """Those of the `.env` file there."""
    content = _content(place, tree, ENV_FILE)
    return read_dotenv(content, {}).values if content is not None else {}


def _listed_files(tree: Tree, variables: Mapping[str, str | None]) -> tuple[str, ...]:
    """The files that COMPOSE_FILE names, where Compose's own choice is another."""
    files = named_files(variables)
    return files if files and all(map(tree.file, files)) and files != usual_files(tree) else ()


def _said_project(place: Path, files: Iterable[str], tree: Tree, variables: Mapping[str, str | None]) -> str:
    """What makes the project's name there: the variable, the last file that says it, or the directory."""
    names = [name for file in files if (name := _texts(_content(place, tree, file) or b"", "name")[0])]
    if said := variables.get("COMPOSE_PROJECT_NAME"):
        return said
    if not names:
        return as_project(place.name)
    read = replace_variables(names[-1], Variables(values=variables))
    return read.text if read.known is not Known.UNKNOWN else names[-1]


def _texts(content: bytes, *keys: str) -> tuple[str, ...]:
    """What a YAML file gives for some keys; empty for those that it does not give."""
    try:
        documents, _ = parse_documents(content, "")
    except Unreadable:
        documents = ()
    roots = [root for root in documents if isinstance(root, YamlMapping)]
    found = [[node.text for root in roots if isinstance(node := root.get(key), Scalar)] for key in keys]
    return tuple(texts[-1] if texts else "" for texts in found)


def _plain(name: str) -> str:
    """A name as it stands in YAML: one that means a number or the like is quoted."""
    return name if isinstance(meaning(name), str) else f'"{name}"'


def _problems(place: Path, tree: Tree, text: str) -> tuple[Problem, ...]:
    contents: dict[str, bytes] = {META_FILE: text.encode()}
    while (reading := read_definition("", tree, contents)).wanted:
        contents |= {name: _content(place, tree, name) or b"" for name in reading.wanted}
    return reading.problems


def _content(place: Path, tree: Tree, name: str) -> bytes | None:
    """What is in a file, None where there is none. `OSError` for one that is closed to us."""
    file = tree.file(name)
    return (place / file).read_bytes() if file else None


def _print(written: list[Written], skipped: list[Skipped], *, dry_run: bool) -> None:
    for one in written:
        project = f", project {one.project}" if one.project != one.name else ""
        file = shown(posixpath.normpath(posixpath.join(one.directory, META_FILE)))
        click.echo(f"{'would write' if dry_run else 'wrote'} {file}: {one.name}{project}")
        if one.note:
            click.echo(f"  {one.note}")
        print_problems(one.problems)
    for left in skipped:
        click.echo(f"skipped {shown(left.directory)}: {shown(left.reason)}")
    problems = [problem for one in written for problem in one.problems]
    click.echo(f"{len(written)} {'to write' if dry_run else 'written'}, {len(skipped)} skipped; {count(problems)}")
