"""The configuration of the executor `compose`."""

import msgspec


class ComposeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to reach Docker, and how long its calls may take. Seconds and MiB.

    Where `docker_host` is left out, `composia agent` takes the socket in DOCKER_HOST, if there is one. `compose` is the
    path of Compose's plugin binary; found where the docker CLI looks for plugins when empty. `home` is the home
    directory of children, the agent user's own when empty. A call that changes something may take as long as its task;
    `stop_grace_s` is how long a child has to end after TERM.
    """

    docker_host: str = "unix:///var/run/docker.sock"
    docker_config: str = ""
    compose: str = ""
    path: str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    home: str = ""
    config_memory_mib: int = 2048
    config_deadline_s: float = 30.0
    engine_deadline_s: float = 10.0
    stop_grace_s: float = 10.0
