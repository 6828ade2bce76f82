"""Events that many are told: the message is that of the event, and a thing in it is packed once as long as somebody has it."""

import gc
from dataclasses import replace

import pytest
from hypothesis import given

from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.packed_once import PackedOnce
from composia.builtin_plugins.connect.twin import Twin
from composia.core.status import ServiceStatus, Wanted
from composia.plugins.testing.values import values
from composia.plugins.watching import WatchEvent

SERVICES = tuple(ServiceStatus(name=f"s{number}", wanted=Wanted.RUNNING) for number in range(50))


@given(values(WatchEvent))
def test_the_message_of_an_event_is_what_it_would_be_without_that(event: WatchEvent) -> None:
    events = PackedOnce()
    for _ in range(2):
        assert events.pack(event) == twins.WATCH_EVENT.pack(event)


def test_a_thing_is_packed_once_for_all_events_that_have_the_very_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    pack = Twin.pack

    def counted(twin: Twin[object, object], value: object) -> object:  # type: ignore[type-var] # of any
        made.append(type(value).__name__)
        return pack(twin, value)  # type: ignore[type-var] # as above

    monkeypatch.setattr(Twin, "pack", counted)
    events = PackedOnce()
    first = events.pack(WatchEvent(cursor="1", services=SERVICES))
    second = events.pack(WatchEvent(cursor="2", services=SERVICES[:3]))
    other = events.pack(WatchEvent(cursor="3", services=(replace(SERVICES[0], revision="r2"),)))

    assert made.count("ServiceStatus") == len(SERVICES) + 1
    assert [service.name for service in second.services] == [service.name for service in first.services][:3]
    assert (other.services[0].name, other.services[0].revision) == ("s0", "r2")


def test_nothing_is_kept_of_things_that_nobody_has_any_more() -> None:
    events = PackedOnce()
    for number in range(100):
        events.pack(WatchEvent(cursor="1", services=(replace(SERVICES[0], revision=str(number)),)))
    gc.collect()

    assert events._known == {}
