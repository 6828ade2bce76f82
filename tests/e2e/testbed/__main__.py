"""Real Docker engines for tests, for CI and for `./dev demo`, on one Debian machine. Run as root from the repository.

  python3 -m tests.e2e.testbed [--name NAME] VERB

  install             install what is missing, and say what and why
  up [N]              bring up N engines (2), the switch between them and the registry; prints `env`; it stays until
  down [--force]      … nothing is left of it; refused while tests use it, unless forced
  env                 what there is, as JSON: sockets, addresses, registry
  push REPO:TAG [TEXT]    publish a fixture image that serves TEXT; prints its digest
  node I VERB         I is 1 and up; VERB is one of
      start stop      the engine, in good order
      kill            the engine crashes (SIGKILL), its containers go on
      powerloss       everything on the node dies at once
      hang resume     the engine accepts connections and does not answer
      cut heal        the network cable
      state           up, hung or down
      exec COMMAND…   run COMMAND in the node's network, with its DOCKER_HOST
  demo-engines [--keep]   engines for a demo: two of a test bed where that is possible, or else the machine's own;
                      prints {"engines": [DOCKER_HOST…], "image": …, "release": [ARGV…]}
  demo-release NAME   end what demo-engines brought up; `release` is the whole command. It ends without it, too, some
                      time after the process that called demo-engines has ended, unless --keep was given

NAME (or the environment's COMPOSIA_TESTBED; default: default) separates test beds: each has a subnet, a registry,
engines and directories of its own, and they run side by side. So, while you work:

  export COMPOSIA_TESTBED=yours
  python3 -m tests.e2e.testbed up 2
  .venv/bin/pytest tests/e2e                 # uses it, and starts fast
  python3 -m tests.e2e.testbed down

Without COMPOSIA_TESTBED, pytest brings up one of its own and takes it down at the end.

Images in the registry are named HOST:5000/NAME:TAG, with HOST from `env`; the nodes know those below `library/` by
their short names too (busybox:1.36). See fixture.sh for what `fixture:1` and `fixture:2` can do.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence

from tests.e2e.testbed import claim, demo, install
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.testbed import Testbed

VERBS = {
    "start": Engine.start,
    "stop": Engine.stop,
    "kill": Engine.kill,
    "powerloss": Engine.power_loss,
    "hang": Engine.hang,
    "resume": Engine.resume,
    "cut": Engine.cut,
    "heal": Engine.heal,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; 0, 1 with the reason on stderr, or what the command of `exec` returned."""
    options = parse(arguments)
    try:
        return run(options)
    except TestbedFailed as failure:
        print(f"testbed: {failure}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    """Do what the options say."""
    match options.verb:
        case "install":
            install.install()
        case "up":
            Testbed.up(options.name, engines=options.engines, user=claim.KEPT)
            print_environment(options.name)
        case "down":
            down(options.name, force=options.force)
        case "env":
            print_environment(options.name)
        case "push":
            print(Testbed.running(options.name).registry.push(options.image, options.text))
        case "demo-engines":
            print(json.dumps(demo.engines(os.getppid(), keep=options.keep)))
        case "demo-release":
            demo.release(options.demo)
        case "node":
            return node(Testbed.running(options.name).engine(options.number), options.what, options.command)
    return 0


def down(name: str, *, force: bool) -> None:
    """Take a test bed down; none of that name is fine."""
    if claim.find(name) is None:
        return
    testbed = Testbed.running(name)
    others = [user for user in claim.users(testbed.place) if user != claim.KEPT]
    if others and not force:
        raise TestbedFailed(f"{name} is used by the processes {', '.join(others)}; end them, or use --force")
    testbed.down()


def node(engine: Engine, verb: str, command: list[str]) -> int:
    """Do one of the verbs of a node."""
    if verb == "state":
        print(engine.state())
    elif verb == "exec":
        return subprocess.run(engine.command(*command), check=False).returncode
    else:
        VERBS[verb](engine)
    return 0


def print_environment(name: str) -> None:
    """Print what there is."""
    print(json.dumps(Testbed.running(name).describe(), indent=2))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.e2e.testbed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--name", type=name_type, default=os.environ.get("COMPOSIA_TESTBED", "default"))
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("install")
    verbs.add_parser("up").add_argument("engines", type=int, nargs="?", default=2, metavar="N")
    verbs.add_parser("down").add_argument("--force", action="store_true")
    verbs.add_parser("env")
    push = verbs.add_parser("push")
    push.add_argument("image", metavar="REPO:TAG")
    push.add_argument("text", nargs="?", metavar="TEXT")
    node = verbs.add_parser("node")
    node.add_argument("number", type=int, metavar="I")
    node.add_argument("what", choices=[*VERBS, "state", "exec"], metavar="VERB")
    node.add_argument("command", nargs=argparse.REMAINDER)
    verbs.add_parser("demo-engines").add_argument("--keep", action="store_true")
    verbs.add_parser("demo-release").add_argument("demo", metavar="NAME")
    return parser.parse_args(arguments)


def name_type(value: str) -> str:
    """A name that fits into a socket's path and a namespace's name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,19}", value):
        raise argparse.ArgumentTypeError(f"{value!r} is no name: up to 20 of a-z, 0-9 and -")
    return value


sys.exit(main())
