from collections.abc import Iterator

from composia.core.service import Catalog, Definition


class Walked(tuple[Definition, ...]):
    """Counts how often somebody goes through it."""

    walks = 0

    def __iter__(self) -> Iterator[Definition]:
        self.walks += 1
        return super().__iter__()

    def __reversed__(self) -> Iterator[Definition]:
        self.walks += 1
        return iter(self[::-1])


def definition(name: str, directory: str = "") -> Definition:
    return Definition(name=name, directory=directory or name, service=None)


def test_a_definition_is_found_by_name_the_first_one_where_several_have_it() -> None:
    first, second, other = definition("web", "one"), definition("web", "two"), definition("db")
    catalog = Catalog(revision="4f1c", definitions=(first, second, other))

    assert catalog.find("web") is first
    assert catalog.find("db") is other
    assert catalog.find("nothing") is None


def test_many_definitions_are_gone_through_once_however_many_are_looked_for() -> None:
    definitions = Walked(definition(f"web-{number}") for number in range(100))
    catalog = Catalog(revision="4f1c", definitions=definitions)

    assert [catalog.find(one.directory) for one in definitions[:]] == list(definitions[:])
    assert definitions.walks == 1
