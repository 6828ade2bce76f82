"""Logs straight from containers, through a tunnel to each."""

import json
import os
import subprocess

import pytest

from tests.e2e.fleet import Fleet

pytestmark = pytest.mark.engine

WEB = f"live-{os.getpid():x}"
SCRIPT = "trap 'exit 0' TERM; echo out; echo err >&2; printf 'caf\\303\\251 \\377\\n'; while :; do sleep 0.1; done"


def deploy(fleet: Fleet, image: str, script: str) -> None:
    """A service whose one container runs that script; `$` is Compose's."""
    compose = {"services": {"main": {"image": image, "command": ["sh", "-c", script.replace("$", "$$")]}}}
    fleet.write(WEB, json.dumps(compose), "node-a")
    fleet.commit()
    fleet.deploy(WEB)


def test_all_lines_come_with_their_times_bytes_and_streams_and_then_what_is_new(fleet: Fleet, image: str) -> None:
    deploy(fleet, image, SCRIPT)
    lines = [json.loads(line) for line in fleet.cli("logs", "--live", WEB, "-n", "all", "-o", "json").splitlines()]

    said = [(line["stream"], line["text"]) for line in lines]
    assert [text for stream, text in said if stream == "stdout"] == ["out", "café �"]
    assert [text for stream, text in said if stream == "stderr"] == ["err"]
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_a_follower_hears_what_is_printed_and_that_a_line_of_two_megabytes_is_whole(fleet: Fleet, image: str) -> None:
    script = "trap 'exit 0' TERM; echo here; while :; do if [ -e /go ]; then rm /go; head -c 2000000 /dev/zero | tr '\\0' x; echo; echo after; fi; sleep 0.1; done"
    deploy(fleet, image, script)
    environment = {
        **os.environ,
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_TOKEN": (fleet.server_data / "admin.token").read_text().strip(),
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
    }
    follower = subprocess.Popen(
        [*fleet.command, "logs", "--live", "-f", WEB, "-o", "raw"], env=environment, stdout=subprocess.PIPE
    )
    assert follower.stdout is not None
    try:
        here = follower.stdout.readline()  # it listens: from now on nothing is left out, however many pieces a line has
        fleet.cli("exec", WEB, "--", "touch", "/go")
        long, after = follower.stdout.readline(), follower.stdout.readline()
    finally:
        follower.kill()
        follower.communicate()

    assert here == b"here\n"
    assert (len(long), set(long)) == (2_000_001, {ord("x"), ord("\n")})
    assert after == b"after\n"
