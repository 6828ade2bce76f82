"""The stage on which the cells of the matrix are played: one server, one agent, one engine, and a trap for each of them."""

import json
import re
import signal
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.program import find
from composia.core.deployment import DeploymentState
from composia.core.node import NodeState
from composia.core.task import Task, TaskKind, TaskState
from composia.errors import Unavailable
from composia.plugins.api import DeploymentView, DeployRequest, OperateRequest, RetryRequest, Started
from composia.plugins.transport import ServerConnection
from tests.e2e.api import ask
from tests.e2e.fleet import Fleet, wait_until
from tests.e2e.matrix.checks import Call, calls_side_by_side, misses, names_that_come_back
from tests.e2e.matrix.link import Link
from tests.e2e.matrix.trap import Trap
from tests.e2e.testbed.engine import Engine

Answer = TypeVar("Answer")

NODE = "node-a"
HEARTBEAT_S = 0.5
LEASE_S = 16.0
"""Longer than anybody takes to come back, also on a busy machine."""

RETRIES = {"attempts": 7, "backoff_s": 0.5}
"""Half a minute in all: on a busy machine an engine takes that long to come back."""

LINES = 300
"""Numbered lines that each call of Compose prints into a task's output."""

LINE = re.compile(rb"^line (\w+) \d+$", re.MULTILINE)

UNKNOWN = -1
"""How long the output of an attempt is that was given up."""

ENDED_S = 180.0
"""How long a deployment may take, whatever was done to it: on a busy machine as many attempts as there are, and their waits."""

COMPOSE = """services:
  main:
    image: {image}
    depends_on: {{once: {{condition: service_completed_successfully}}}}
    command: [sh, -c, "trap 'exit 0' TERM; while :; do echo $$HOSTNAME >>/marks/main; sleep 0.5; done"]
    volumes: ["{marks}:/marks"]
    stop_grace_period: 2s
    environment: {{TURN: "{turn}"}}
  once:
    image: {image}
    command:
      - sh
      - -c
      - |
        n=0
        while [ -e /marks/hold ] || [ $$n -lt 5 ]; do
          echo $$HOSTNAME >>/marks/once
          if [ -e /marks/hold ]; then touch /marks/held; fi
          n=$$((n + 1))
          sleep 0.05
        done
    volumes: ["{marks}:/marks"]
    environment: {{TURN: "{turn}"}}
"""
"""A container writes its name again and again. Of two that run at the same time, one name comes back after the other's.
`once` stays while the test holds it, and so does the call of Compose that waits for it."""

META = "deploy: {health: {stable_for: 300ms}}\n"


@dataclass(kw_only=True)
class Stage:
    """Everything lives below the fleet's directory."""

    fleet: Fleet
    engine: Engine
    image: str
    link: Link = field(init=False)
    traps: dict[str, Trap] = field(init=False)

    def __post_init__(self) -> None:
        self.traps = {}
        for who in ("server", "agent"):
            (self.fleet.directory / f"trap-{who}").mkdir()
            self.traps[who] = Trap(self.fleet.directory / f"trap-{who}")
        self._write_compose()
        limits = {"heartbeat_s": HEARTBEAT_S, "lease_s": LEASE_S, "retries": RETRIES}
        (self.fleet.directory / "server.yaml").write_text(json.dumps(limits))
        executor = {"provider": "compose", "compose": str(self._compose)}
        (self.fleet.directory / "agent.yaml").write_text(json.dumps({"executor": executor}))
        self.start_server()
        self.link = Link(int(self.fleet.url.rpartition(":")[2]))
        self.start_agent()

    @property
    def _traps(self) -> Path:
        return self.fleet.directory / "trap-agent"

    @property
    def _compose(self) -> Path:
        return self.fleet.directory / "compose"

    @property
    def _marks(self) -> Path:
        return self.fleet.directory / "marks"

    def _write_compose(self) -> None:
        [real] = find(ComposeConfig()).words
        text = (Path(__file__).parent / "compose.sh").read_text()
        words = {"TRAPS": str(self._traps), "MARKS": str(self._marks), "LINES": str(LINES), "COMPOSE": real}
        for word, value in words.items():
            text = text.replace(word, value)
        self._compose.write_text(text)
        self._compose.chmod(0o755)

    # --- processes

    def start_server(self) -> None:
        """Start the server, with its trap, and wait until it answers."""
        self._with_trap(
            "server", lambda: self.fleet.start_server("--config", str(self.fleet.directory / "server.yaml"))
        )

    def start_agent(self) -> None:
        """Start the agent, with its trap, behind the link, and wait until it is online."""
        config = str(self.fleet.directory / "agent.yaml")
        url = f"https://127.0.0.1:{self.link.port}"
        self._with_trap("agent", lambda: self.fleet.start_agent(NODE, self.engine, "--config", config, server=url))

    def _with_trap(self, who: str, start: Callable[[], None]) -> None:
        trap = str(self.fleet.directory / f"trap-{who}")
        self.fleet.program = (sys.executable, "-m", "tests.e2e.matrix.process", trap)
        start()
        self.fleet.program = ()

    def process(self, who: str) -> Any:
        """The process of the server or the agent."""
        return self.fleet.processes["server" if who == "server" else f"agent-{NODE}"]

    def kill(self, who: str) -> int:
        """Kill the server or the agent; what its parent hears of its end."""
        process = self.process(who)
        process.send_signal(signal.SIGKILL)
        ended: int = process.wait(30)
        return ended

    def close(self) -> None:
        """End everybody, and remove what was deployed."""
        for trap in self.traps.values():
            trap.disarm()
        self.fleet.end()
        self.link.close()

    # --- work

    def write(self, service: str, turn: int) -> None:
        """A new revision of a service."""
        marks = self._marks / service
        marks.mkdir(parents=True, exist_ok=True)
        self.fleet.write(service, COMPOSE.format(image=self.image, turn=turn, marks=marks), NODE, meta=META)
        self.fleet.commit(f"{service} {turn}")

    def ask(self, question: Callable[[ServerConnection], Awaitable[Answer]]) -> Answer:
        """Ask the server, as often as it takes: it may just be away."""

        answers: list[Answer] = []

        def answered() -> bool:
            try:
                answers.append(ask(self.fleet, question))
            except Unavailable:
                return False
            return True

        wait_until(answered, "the server answers")
        return answers[0]

    def deploy(self, service: str, *, pull: bool = False) -> str:
        """Ask for a deploy; the deployment."""
        return self._begin(DeployRequest(request_id=token_hex(8), services=(service,), pull=pull))

    def operate(self, kind: TaskKind, service: str) -> str:
        """Ask for a stop, start, restart or down; the deployment."""
        return self._begin(OperateRequest(request_id=token_hex(8), kind=kind, service=service))

    def retry(self, task: str) -> str:
        """Ask for a task to be done again; the deployment."""
        return self._begin(RetryRequest(request_id=token_hex(8), task=task))

    def _begin(self, request: DeployRequest | OperateRequest | RetryRequest) -> str:
        async def begin(server: ServerConnection) -> Started:
            match request:
                case DeployRequest():
                    return await server.deploy(request)
                case OperateRequest():
                    return await server.operate(request)
                case RetryRequest():
                    return await server.retry(request)

        (view,) = self.ask(begin).deployments
        return view.deployment.id

    def deployment(self, id_: str) -> DeploymentView:
        """A deployment as it is now."""
        return self.ask(lambda server: server.get_deployment(id_))

    def ended(self, id_: str) -> Task:
        """Wait until a deployment has ended, or waits for a person's word; its only task then."""

        def over() -> bool:
            return self.deployment(id_).deployment.state not in (DeploymentState.PENDING, DeploymentState.RUNNING)

        wait_until(over, f"{id_} has ended: {self.fleet.log('server')}\n{self.fleet.log(f'agent-{NODE}')}", ENDED_S)
        (task,) = self.deployment(id_).tasks
        return task

    def resolve(self, task: str, state: TaskState) -> Task:
        """Say how a lost task ended."""
        return self.ask(lambda server: server.resolve_task(task, state))

    def output(self, task: str) -> dict[int, bytes]:
        """All that the server shows of a task's output, by attempt."""

        async def read(server: ServerConnection) -> dict[int, bytes]:
            found: dict[int, bytes] = defaultdict(bytes)
            async for chunk in server.task_output(task, follow=True, attempt=0, offset=0):
                assert chunk.offset == len(found[chunk.attempt]), "a gap, or something twice"
                found[chunk.attempt] += chunk.data
            return found

        return self.ask(read)

    def node_state(self) -> NodeState:
        """Whether the node can be reached."""
        return self.ask(lambda server: server.get_node(NODE)).state

    # --- what must hold

    def containers_that_overlap(self, service: str) -> list[str]:
        """Containers of a service that were still at work after another one had begun."""
        found = []
        for name in ("once", "main"):
            marks = self._text(self._marks / service / name).split()
            assert marks, f"{name} never ran"
            found += [f"{name} {container}" for container in names_that_come_back(marks)]
        return found

    def calls(self, project: str = "") -> list[Call]:
        """The beginnings and ends of calls of Compose, in order: what, call, verb, project."""
        lines = (tuple(line.split()) for line in self._text(self._traps / "calls").splitlines())
        return [line for line in lines if project in ("", line[-1])]

    def calls_that_overlap(self) -> list[str]:
        """Calls of Compose that began while another one of the same project ran."""
        return calls_side_by_side(self.calls())

    def gaps(self, task: Task) -> list[str]:
        """Where the output of a task, as the server shows it, differs by a byte from what the calls of Compose printed. Of
        an attempt that was given up the end may be missing or be that of a call that was ended, but nothing is before
        it."""
        found = []
        for attempt, shown in self.output(task.id).items():
            given_up = attempt < task.attempt or UNKNOWN in task.outputs[attempt - 1 : attempt]
            for call in dict.fromkeys(LINE.findall(shown)):
                printed = (self._traps / f"said.{call.decode()}").read_bytes()
                begin = shown.index(b"line %s " % call)
                end = shown.rindex(b"line %s " % call) if given_up else None
                twice = LINE.findall(shown).count(call) > LINES
                if twice or misses(shown[begin:end], printed, may_be_cut_off=given_up):
                    found.append(f"attempt {attempt}: {call.decode()}")
        return found

    def calls_shown(self, task: Task) -> set[str]:
        """The calls of Compose of which the server shows output."""
        return {call.decode() for shown in self.output(task.id).values() for call in LINE.findall(shown)}

    @staticmethod
    def _text(file: Path) -> str:
        return file.read_text() if file.exists() else ""
