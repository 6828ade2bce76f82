"""A principal: who is calling, and what a role may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """`node` is an agent and can do nothing but be its node, `joiner` a host that may become one and can do nothing else;
    the others are people, each more than the next."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    NODE = "node"
    JOINER = "joiner"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A caller. `credential` is the id of what it showed, by which its streams are ended when that is revoked, or expires
    (0 is never). `address` is the IP address that it calls from, empty where that is not known."""

    id: str
    role: Role
    credential: str
    node: str = ""
    expires_ms: int = 0
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class TokenInfo:
    """An API token without its secret. `node` is always there with the role `node`, and with `joiner` when it is bound to
    one; `uses` are those that a `joiner` has left. `expires_ms` 0 is never."""

    id: str
    role: Role
    node: str = ""
    created_ms: int = 0
    created_by: str = ""
    expires_ms: int = 0
    uses: int = 0


PEOPLE = frozenset({Role.ADMIN, Role.OPERATOR, Role.VIEWER})
"""The roles that people have, and their tools."""

_OPERATORS = frozenset({Role.ADMIN, Role.OPERATOR})
_ADMINS = frozenset({Role.ADMIN})
_NODES = frozenset({Role.NODE})
_JOINERS = frozenset({Role.JOINER})

POLICY: dict[str, frozenset[Role]] = {
    # the agents'
    "Join": _JOINERS,
    "RenewCredential": _NODES,
    "Session": _NODES,
    "FetchBundle": _NODES,
    "PushLogs": _NODES,
    "ForwardLogs": _NODES,
    "Tunnel": _NODES,
    # reading
    "GetServerInfo": PEOPLE,
    "GetCaller": PEOPLE,
    "GetStatus": PEOPLE,
    "ListServices": PEOPLE,
    "GetService": PEOPLE,
    "ListDeployments": PEOPLE,
    "GetDeployment": PEOPLE,
    "ListTasks": PEOPLE,
    "GetTask": PEOPLE,
    "TaskOutput": PEOPLE,
    "ListNodes": PEOPLE,
    "GetNode": PEOPLE,
    "GetRepository": PEOPLE,
    "RepositoryLog": PEOPLE,
    "ListFiles": PEOPLE,
    "ReadFile": PEOPLE,
    "CompareRevisions": PEOPLE,
    "ListPlugins": PEOPLE,
    "Watch": PEOPLE,
    "ListImages": PEOPLE,
    "ListVolumes": PEOPLE,
    "ListNetworks": PEOPLE,
    "ListContainerSizes": PEOPLE,
    "GetUsage": PEOPLE,
    "QueryUsage": PEOPLE,
    "ReadLogs": PEOPLE,
    "ListSchedules": PEOPLE,
    "Examine": PEOPLE,
    # about oneself; of others only for admins, which these see to
    "SetPassword": PEOPLE,
    "ListSessions": PEOPLE,
    "EndSession": PEOPLE,
    "CreateSignInLink": PEOPLE,
    # changing
    "Deploy": _OPERATORS,
    "Operate": _OPERATORS,
    "PruneNode": _OPERATORS,
    "DrainNode": _OPERATORS,
    "PauseNode": _OPERATORS,
    "Exec": _OPERATORS,
    "RunSchedule": _OPERATORS,
    "ResumeNode": _OPERATORS,
    "CancelDeployment": _OPERATORS,
    "PauseDeployment": _OPERATORS,
    "ResumeDeployment": _OPERATORS,
    "Retry": _OPERATORS,
    "CancelTask": _OPERATORS,
    "ResolveTask": _OPERATORS,
    "SyncRepository": _OPERATORS,
    # handing out rights
    "CreateToken": _ADMINS,
    "CreateJoinToken": _ADMINS,
    "ListTokens": _ADMINS,
    "RevokeToken": _ADMINS,
    "ListUsers": _ADMINS,
    "CreateUser": _ADMINS,
    "RemoveUser": _ADMINS,
}
"""RPC by role. What is not in the table is refused."""


def allowed(role: Role, method: str) -> bool:
    """Whether the role may call the RPC of that name."""
    return role in POLICY.get(method, frozenset())
