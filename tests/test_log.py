"""One line per fact, with its fields."""

import json
import logging
import subprocess
import sys

import pytest

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


def test_no_field_takes_the_place_of_a_fact() -> None:
    assert json.loads(JsonFormatter().format(record(event="mine", level="loud")))["event"] == "task ended"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("Grüße an alle", '"Grüße an alle"'), ("\x1b[31mred", '"\\u001b[31mred"'), ("a\x9bb", '"a\\u009bb"')],
)
def test_a_value_cannot_command_the_terminal(value: str, shown: str) -> None:
    assert ConsoleFormatter().format(record(note=value)).endswith(f" note={shown}")


def test_logging_is_set_up_once_on_stderr_and_chatty_libraries_are_kept_quiet() -> None:
    program = (
        "import logging; from composia import log\n"
        "log.configure('console', 'debug'); log.configure('json', 'info')\n"
        "logging.getLogger('composia').debug('unheard'); logging.getLogger('urllib3').info('unheard')\n"
        "logging.getLogger('composia').info('heard', extra={'task': 't1'})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == ""
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["heard"]


def test_an_exception_keeps_its_traceback() -> None:
    try:
        int("broken")
    except ValueError:
        info = sys.exc_info()

    assert "ValueError: invalid literal" in json.loads(JsonFormatter().format(record(exc_info=info)))["exception"]
    assert ConsoleFormatter().format(record(exc_info=info)).endswith("'broken'")
