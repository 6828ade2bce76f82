"""One line per fact, with its fields."""

import json
import logging
import sys

from composia.log import ConsoleFormatter, JsonFormatter


def record(**fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "composia.server", "levelno": logging.INFO, "levelname": "INFO", **fields})
    made.msg = "task ended"
    made.created = 1_700_000_000.25
    return made


def test_json_carries_time_level_event_logger_and_fields() -> None:
    assert json.loads(JsonFormatter().format(record(task="t1", error=None))) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "info",
        "event": "task ended",
        "logger": "composia.server",
        "task": "t1",
    }


def test_the_console_line_quotes_what_would_be_ambiguous() -> None:
    line = ConsoleFormatter().format(record(task="t1", error='exit 3: "no"\nmore'))

    assert line == '2023-11-14T22:13:20.250Z info    task ended task=t1 error="exit 3: \\"no\\"\\nmore"'


def test_an_exception_keeps_its_traceback() -> None:
    try:
        int("broken")
    except ValueError:
        info = sys.exc_info()

    assert "ValueError: invalid literal" in json.loads(JsonFormatter().format(record(exc_info=info)))["exception"]
    assert ConsoleFormatter().format(record(exc_info=info)).endswith("'broken'")
