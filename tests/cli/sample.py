"""A small fleet, whole: what a server with two nodes and four services would answer."""

from composia.core.check import Check, CheckResult, Examination, NodeChecks
from composia.core.container import Container, ContainerHealth, ContainerState
from composia.core.deployment import Deployment, DeploymentState
from composia.core.file import ChangeKind, Comparison, FileChange, Hunk, LineKind
from composia.core.instance import InstanceState
from composia.core.intent import Drain
from composia.core.node import Node, NodeFacts, NodeState, NodeStatus
from composia.core.principal import Role, TokenInfo
from composia.core.problem import Problem, Severity
from composia.core.revision import RepositoryState, Revision
from composia.core.schedule import RunOutcome
from composia.core.status import (
    InstanceStatus,
    NodeFit,
    NodeVerdict,
    NodeView,
    Refusal,
    ServiceStatus,
    ServiceView,
    StatusReport,
    Wanted,
)
from composia.core.step import Step, StepName, StepState
from composia.core.task import Order, Task, TaskError, TaskKind, TaskState
from composia.core.usage import HostUsage
from composia.plugins.api import DeploymentView, PluginInfo, ScheduleView

HEAD = "4f1c" * 10
BEFORE = "a0b3" * 10
NOON_MS = 1_700_049_600_000

WEB = Container(
    id="c1",
    name="web-web-1",
    project="web",
    service="web",
    image="nginx:1.27",
    image_id="sha256:1",
    state=ContainerState.RUNNING,
    health=ContainerHealth.HEALTHY,
)
WORKER = Container(
    id="c2",
    name="worker-job-1",
    project="worker",
    service="job",
    image="worker:3",
    image_id="sha256:2",
    state=ContainerState.EXITED,
    exit_code=3,
    restarts=2,
)
UNKNOWN_KEY = Problem(
    severity=Severity.ERROR,
    message="unknown key nodez",
    file="api/composia-meta.yaml",
    line=2,
    column=1,
    value="nodez",
    hint="did you mean nodes?",
)

NOT_READ = Problem(
    severity=Severity.WARNING,
    message="this is not read",
    file="old/composia-meta.yml",
    hint="rename it to composia-meta.yaml",
)

NODE_A = NodeView(
    node=Node(
        name="node-a",
        agent_id="agent-1",
        labels=(("disk", "ssd"), ("zone", "a")),
        facts=NodeFacts(
            version="0.1.0",
            os="Debian GNU/Linux 12",
            architecture="x86_64",
            kernel="6.1.0",
            cpus=4,
            memory_bytes=8_000_000_000,
            docker_version="20.10.24",
            compose_version="2.32.4",
        ),
        joined_ms=NOON_MS,
    ),
    state=NodeState.ONLINE,
    status=NodeStatus(host=HostUsage(load_1m=0.5, memory_available_bytes=6_000_000_000, uptime_s=3600.0)),
    seen_age_s=2.04,
    containers=(WEB, WORKER),
    running_tasks=("t3",),
)
NODE_B = NodeView(
    node=Node(name="node-b", agent_id="agent-2", joined_ms=NOON_MS),
    state=NodeState.OFFLINE,
    status=NodeStatus(problem="Docker does not answer"),
    seen_age_s=7300.0,
    drain=Drain(node="node-b", since_ms=NOON_MS, by="ada"),
)

STATUS = StatusReport(
    services=(
        ServiceStatus(
            name="web",
            wanted=Wanted.RUNNING,
            revision=HEAD,
            instances=(
                InstanceStatus(
                    service="web",
                    node="node-a",
                    state=InstanceState.RUNNING,
                    revision=BEFORE,
                    seen_age_s=2.04,
                    edited=("app.conf",),
                    changed=True,
                    containers=(WEB,),
                    behind=1,
                ),
                InstanceStatus(service="web", node="node-b", state=InstanceState.UNKNOWN, reason="the node is offline"),
            ),
        ),
        ServiceStatus(
            name="worker",
            wanted=Wanted.STOPPED,
            revision=HEAD,
            instances=(
                InstanceStatus(
                    service="worker",
                    node="node-a",
                    state=InstanceState.STOPPED,
                    reason="worker-job-1: exit 3; job: 1 of 2 containers is missing",
                    revision=HEAD,
                    seen_age_s=2.04,
                    stopped=True,
                    containers=(WORKER,),
                    missing=1,
                ),
            ),
        ),
        ServiceStatus(
            name="old",
            wanted=Wanted.REMOVED,
            instances=(
                InstanceStatus(
                    service="old", node="node-a", state=InstanceState.RUNNING, seen_age_s=2.04, orphaned=True
                ),
            ),
        ),
        ServiceStatus(name="api", wanted=Wanted.RUNNING, revision=HEAD, problems=(UNKNOWN_KEY,)),
    ),
    nodes=(NODE_A, NODE_B),
)

SERVICES = (
    ServiceView(
        name="web",
        directory="web",
        revision=HEAD,
        project="web",
        compose_files=("compose.yaml", "compose.override.yaml"),
        auto_deploy=True,
        bundle="sha256:77",
        placed=("node-a",),
        nodes=(
            NodeVerdict(
                node="node-a",
                fit=NodeFit.CHOSEN,
                state=NodeState.ONLINE,
                reasons=("named in its `nodes`",),
                warnings=("port 80 is taken there by container nginx",),
            ),
            NodeVerdict(
                node="node-b",
                fit=NodeFit.IMPOSSIBLE,
                state=NodeState.OFFLINE,
                reasons=("has no label zone, zone=a is asked for", "offline, last heard from 2 h ago"),
            ),
        ),
    ),
    ServiceView(name="api", directory="api", revision=HEAD, enabled=False, problems=(UNKNOWN_KEY,)),
)


def make_task(sequence: int, node: str, state: TaskState, **changes: object) -> Task:
    """A task that deploys `web`."""
    order = Order(kind=TaskKind.DEPLOY, service="web", project="web", revision=HEAD)
    task = Task(
        id=f"t{sequence}",
        sequence=sequence,
        deployment=f"d{(sequence + 1) // 2}",
        service="web",
        node=node,
        order=order,
        state=state,
        created_ms=NOON_MS + sequence * 1000,
    )
    return Task(**{**vars(task), **changes})


DONE = make_task(
    1,
    "node-a",
    TaskState.SUCCEEDED,
    attempt=1,
    started_ms=NOON_MS + 2000,
    ended_ms=NOON_MS + 9000,
    steps=(
        Step(name=StepName.UP, state=StepState.SUCCEEDED, duration_ms=1234),
        Step(name=StepName.BUILD, state=StepState.SKIPPED, note="nothing to build"),
    ),
)
FAILED = make_task(
    2,
    "node-b",
    TaskState.FAILED,
    attempt=2,
    outputs=(-1, 1204),
    error=TaskError(
        code="not_possible", message="exit 3\nlast line", where="container web-web-1", hint="composia task logs t2"
    ),
)
RUNNING = make_task(
    3, "node-a", TaskState.RUNNING, attempt=1, steps=(Step(name=StepName.PULL, state=StepState.RUNNING),)
)
WAITING = make_task(4, "node-b", TaskState.PENDING, waiting="node-b offline")

COMMIT = Revision(id=HEAD, author="Ada", committed_ms=NOON_MS, message="Greet")
DEPLOYMENTS = (
    DeploymentView(
        deployment=Deployment(
            id="d1",
            sequence=1,
            request_id="r1",
            kind=TaskKind.DEPLOY,
            service="web",
            revision=HEAD,
            state=DeploymentState.FAILED,
            reason="node-b: exit 3",
            created_ms=NOON_MS,
            created_by="token:1f0c9a3b7e52",
            ended_ms=NOON_MS + 9000,
        ),
        tasks=(DONE, FAILED),
        commit=COMMIT,
    ),
    DeploymentView(
        deployment=Deployment(
            id="d2",
            sequence=2,
            request_id="r2",
            kind=TaskKind.DEPLOY,
            service="web",
            revision=HEAD,
            state=DeploymentState.RUNNING,
            created_ms=NOON_MS + 1000,
            created_by="token:1f0c9a3b7e52",
        ),
        tasks=(RUNNING, WAITING),
        refusals=(Refusal(node="node-c", reason="not in nodes"),),
        commit=COMMIT,
    ),
)

REPOSITORY = RepositoryState(
    location="https://git.example.org/services.git",
    branch="main",
    head=HEAD,
    synced_ms=NOON_MS,
    tried_ms=NOON_MS,
    rewritten=True,
    problems=(NOT_READ,),
)
REVISIONS = (
    Revision(id=HEAD, author="Ada", committed_ms=NOON_MS, message="Greet\n\nMore warmly.", services=("web",)),
    Revision(
        id=BEFORE,
        author="Grace",
        committed_ms=NOON_MS - 60_000,
        message="Begin",
        services=("api", "db", "old", "web", "worker"),
    ),
)
COMPARISON = Comparison(
    older=BEFORE,
    newer=HEAD,
    commits=REVISIONS[:1],
    files=(
        FileChange(
            path="app.conf",
            kind=ChangeKind.CHANGED,
            hunks=(
                Hunk(
                    old_line=1,
                    new_line=1,
                    kinds=(LineKind.KEPT, LineKind.REMOVED, LineKind.ADDED, LineKind.KEPT),
                    lines=("[app]", "greeting = hello", "greeting = \x1b[1mhello\x1b[0m", ""),
                ),
                Hunk(
                    old_line=20,
                    new_line=20,
                    kinds=(LineKind.KEPT, LineKind.ADDED),
                    lines=("workers = 2", "timeout\t= 5"),
                ),
            ),
            added=2,
            removed=1,
        ),
        FileChange(path="logo.png", kind=ChangeKind.CHANGED, note="this is no text"),
        FileChange(
            path="new.conf",
            kind=ChangeKind.ADDED,
            hunks=(Hunk(new_line=1, kinds=(LineKind.ADDED,), lines=("a = 1",)),),
            added=1,
        ),
        FileChange(
            path="old.conf",
            kind=ChangeKind.REMOVED,
            hunks=(Hunk(old_line=1, kinds=(LineKind.REMOVED,), lines=("b = 1",)),),
            removed=1,
        ),
    ),
)
JOIN_TOKEN = TokenInfo(
    id="3f0c9a3b7e52",
    role=Role.JOINER,
    created_ms=NOON_MS,
    created_by="token:1f0c9a3b7e52",
    expires_ms=NOON_MS + 3_600_000,
    uses=1,
)
TOKENS = (
    TokenInfo(id="1f0c9a3b7e52", role=Role.ADMIN, created_ms=NOON_MS, created_by="server"),
    TokenInfo(id="2f0c9a3b7e52", role=Role.NODE, node="node-a", created_ms=NOON_MS, created_by="token:1f0c9a3b7e52"),
    JOIN_TOKEN,
)
PLUGINS = (
    PluginInfo(name="fair", origin="built-in", location="composia.builtin_plugins.fair", provides=("scheduler/fair",)),
    PluginInfo(name="calm", origin="package", location="calm (calm)", version="1.2", provides=("scheduler/calm",)),
    PluginInfo(name="broken", origin="file", location="/data/plugins/broken.py", error="RuntimeError: no"),
)


SCHEDULES = (
    ScheduleView(
        name="nightly",
        cron="30 3 * * *",
        timezone="Europe/Berlin",
        what="deploy what changed with --pull",
        next_ms=NOON_MS + 3_600_000,
        last_ms=NOON_MS - 3_600_000,
        last=RunOutcome.STARTED,
        reason="db: stopped by hand",
        deployments=("d7", "d8"),
    ),
    ScheduleView(
        name="tidy",
        cron="@weekly",
        timezone="UTC",
        what="prune on node-a",
        next_ms=NOON_MS + 7_200_000,
        last_ms=NOON_MS,
        last=RunOutcome.SKIPPED,
        reason="d4 of the last time has not ended",
    ),
    ScheduleView(name="noon", cron="0 12 * * *", timezone="UTC", what="restart web", next_ms=NOON_MS),
)

EXAMINATION = Examination(
    server=(
        Check(name="version", result=CheckResult.OK, text="Composia 0.1.0 on Python 3.11.7"),
        Check(
            name="certificate",
            result=CheckResult.WARNING,
            text="/etc/composia/cert.pem is good for 3 days more",
            hint="put a new one into its place; it is read again within ten minutes",
        ),
    ),
    nodes=(
        NodeChecks(
            node="node-a",
            checks=(Check(name="docker", result=CheckResult.OK, text="Docker 20.10.24, API 1.12 to 1.41"),),
        ),
        NodeChecks(
            node="node-b",
            checks=(
                Check(
                    name="clock",
                    result=CheckResult.WARNING,
                    text="7 s behind the server's",
                    hint="let both hosts set their clocks by NTP",
                ),
            ),
        ),
    ),
)
