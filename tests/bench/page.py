"""What the web page costs its reader: `./dev bench page [load|filter|logs|events|memory…]`, by default all but the memory of a tab.

Chromium, headless, on this machine. `load`: bytes of scripts and styles until the first list is painted, and when that is, with
four times less CPU and 10 Mbit/s at 40 ms. `filter`: from a key to the next painted frame, with 1 000 services. `logs`: the
longest frame while ten containers print 10 000 lines a second. `events`: from a line of `docker events` to the pixel, on a real
engine. `memory [MINUTES]`: what a tab holds after a forced collection while services are deployed and logs flow.
"""

import sys

from tests.bench import page_events, page_filter, page_load, page_logs, page_memory

PARTS = {
    "load": page_load.measure,
    "filter": page_filter.measure,
    "logs": page_logs.measure,
    "events": page_events.measure,
}


def main(arguments: list[str]) -> None:
    """Measure the named parts, or all."""
    if arguments and arguments[0] == "memory":
        page_memory.measure(float(arguments[1]) if len(arguments) > 1 else 60.0)
        return
    if unknown := [name for name in arguments if name not in PARTS]:
        sys.exit(f"page: nothing is named {unknown[0]!r}; there are: {' '.join(PARTS)} memory")
    for name in arguments or PARTS:
        print(f"== {name}", flush=True)
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
