"""Services that a household or a small company would have: names, images, ports, logs, and what goes wrong with some of them."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

NODES = ("anvil", "birch", "cedar", "dune", "ember", "fjord", "grove", "heron")
PEOPLE = (("Ada Lindqvist", "ada@example.org"), ("Bo Yang", "bo@example.org"), ("Carla Mendes", "carla@example.org"))
OTHERS = ("portainer/agent:2.21.4", "prom/node-exporter:v1.8.2", "containrrr/watchtower:1.7.1")
"""Containers of nodes that belong to no service."""


@dataclass(frozen=True, kw_only=True)
class App:
    """What a service is made of: an image of its own, and further containers beside it."""

    name: str
    image: str
    tags: tuple[str, ...]
    beside: tuple[str, ...] = ()


def app(name: str, image: str, *tags: str, beside: tuple[str, ...] = ()) -> App:
    """An app with the tags of its image, the oldest first."""
    return App(name=name, image=image, tags=tags, beside=beside)


DB, MARIA, CACHE = "db=postgres:16.4", "db=mariadb:11.4", "cache=redis:7.4-alpine"

APPS = (
    app("adguard", "adguard/adguardhome", "v0.107.52", "v0.107.53"),
    app("authentik", "ghcr.io/goauthentik/server", "2024.8.3", "2024.10.1", beside=(DB, CACHE)),
    app("blog", "ghost", "5.94-alpine", "5.96-alpine", beside=(MARIA,)),
    app("bookstack", "lscr.io/linuxserver/bookstack", "24.05.4", "24.10.1", beside=(MARIA,)),
    app("calendar", "tomsquest/docker-radicale", "3.2.3.0", "3.3.0.0"),
    app("changedetection", "ghcr.io/dgtlmoon/changedetection.io", "0.46.04", "0.47.05"),
    app("dashboard", "ghcr.io/gethomepage/homepage", "v0.9.10", "v0.9.12"),
    app("drone", "drone/drone", "2.24", "2.25", beside=(DB,)),
    app("freshrss", "freshrss/freshrss", "1.24.2", "1.24.3"),
    app("git", "gitea/gitea", "1.22.2", "1.22.3", beside=(DB,)),
    app("grafana", "grafana/grafana", "11.2.0", "11.3.0"),
    app("home-assistant", "ghcr.io/home-assistant/home-assistant", "2024.9.3", "2024.11.1"),
    app("immich", "ghcr.io/immich-app/immich-server", "v1.116.2", "v1.119.0", beside=(DB, CACHE)),
    app("invoices", "invoiceninja/invoiceninja", "5.10.27", "5.10.44", beside=(MARIA,)),
    app("jellyfin", "jellyfin/jellyfin", "10.9.11", "10.10.1"),
    app("keycloak", "quay.io/keycloak/keycloak", "25.0.6", "26.0.5", beside=(DB,)),
    app("loki", "grafana/loki", "3.1.1", "3.2.1"),
    app("mail", "mailserver/docker-mailserver", "14.0", "14.0.0"),
    app("matrix", "matrixdotorg/synapse", "v1.115.0", "v1.118.0", beside=(DB,)),
    app("mealie", "ghcr.io/mealie-recipes/mealie", "v1.12.0", "v2.1.0", beside=(DB,)),
    app("minio", "minio/minio", "RELEASE.2024-09-22T00-33-43Z", "RELEASE.2024-11-07T00-52-20Z"),
    app("mqtt", "eclipse-mosquitto", "2.0.18", "2.0.20"),
    app("n8n", "n8nio/n8n", "1.62.1", "1.66.0", beside=(DB,)),
    app("nextcloud", "nextcloud", "29.0.7-fpm", "30.0.1-fpm", beside=(MARIA, CACHE)),
    app("ntfy", "binwiederhier/ntfy", "v2.11.0", "v2.11.1"),
    app("orders-api", "registry.example.org/shop/orders", "1.41.0", "1.42.3", beside=(DB,)),
    app("outline", "docker.getoutline.com/outlinewiki/outline", "0.79.1", "0.81.0", beside=(DB, CACHE)),
    app("paperless", "ghcr.io/paperless-ngx/paperless-ngx", "2.12.1", "2.13.5", beside=(DB, CACHE)),
    app("pihole", "pihole/pihole", "2024.06.0", "2024.07.0"),
    app("plausible", "ghcr.io/plausible/community-edition", "v2.1.3", "v2.1.4", beside=(DB,)),
    app("prometheus", "prom/prometheus", "v2.54.1", "v2.55.0"),
    app("registry", "registry", "2.8.2", "2.8.3"),
    app("search", "getmeili/meilisearch", "v1.10.2", "v1.11.3"),
    app("shop", "registry.example.org/shop/web", "4.7.0", "4.8.1", beside=(CACHE,)),
    app("sonarqube", "sonarqube", "10.6-community", "10.7-community", beside=(DB,)),
    app("status", "louislam/uptime-kuma", "1.23.13", "1.23.15"),
    app("traefik", "traefik", "v3.1.4", "v3.2.0"),
    app("unifi", "lscr.io/linuxserver/unifi-network-application", "8.4.62", "8.6.9", beside=("db=mongo:7.0",)),
    app("vaultwarden", "vaultwarden/server", "1.32.0-alpine", "1.32.3-alpine"),
    app("wiki", "requarks/wiki", "2.5.304", "2.5.305", beside=(DB,)),
)
PLACES = ("", "-staging", "-eu", "-dev", "-us", "-demo", "-lab", "-test")

PRINTS = (
    (
        "\x1b[32mINFO\x1b[0m  {time} request id={hex} GET /api/items/{n} 200 in {ms} ms",
        "\x1b[32mINFO\x1b[0m  {time} request id={hex} POST /api/items 201 in {ms} ms",
        "\x1b[33mWARN\x1b[0m  {time} slow query: {ms} ms, table=events rows={n}",
        "!\x1b[31mERROR\x1b[0m {time} upstream timed out after {ms} ms, request id={hex}",
    ),
    (
        '{"level":"info","time":"{time}","msg":"job done","job":"{hex}","took_ms":{ms}}',
        '{"level":"debug","time":"{time}","msg":"cache hit","key":"session:{hex}","size":{n}}',
        '{"level":"warn","time":"{time}","msg":"retrying","attempt":2,"error":"connection reset by peer"}',
        '!{"level":"error","time":"{time}","msg":"job failed","job":"{hex}","error":"exit status 1","took_ms":{ms}}',
    ),
    (
        '192.0.2.14 - - [{time}] "GET / HTTP/2.0" 200 {ms}12 "-" "Mozilla/5.0 (X11; Linux x86_64)"',
        '192.0.2.87 - - [{time}] "GET /assets/{hex}.js HTTP/2.0" 304 0 "-" "Mozilla/5.0 (iPhone)"',
        '198.51.100.3 - - [{time}] "POST /login HTTP/2.0" 401 {ms} "-" "curl/8.5.0"',
    ),
    (
        "{time} [{n}] LOG:  checkpoint starting: time",
        "{time} [{n}] LOG:  checkpoint complete: wrote {ms} buffers (0.3%); write=4.{ms} s",
    ),
)
"""What containers print, over and over."""


class Special(StrEnum):
    """In which other state than all others a service is."""

    CRASHING = "crashing"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    STOPPED = "stopped"
    DISABLED = "disabled"
    BROKEN = "broken"
    UNPLACED = "unplaced"
    REMOVED = "removed"
    ROLLOUT = "rollout"
    DEPLOYING = "deploying"


SPECIALS = {
    "sync-worker": Special.CRASHING,
    "payments": Special.UNHEALTHY,
    "importer": Special.FAILED,
    "reports": Special.STOPPED,
    "media-archive": Special.DISABLED,
    "playground": Special.BROKEN,
    "gpu-worker": Special.UNPLACED,
    "old-wiki": Special.REMOVED,
    "edge-proxy": Special.ROLLOUT,
    "backup": Special.DEPLOYING,
}

SIMULATED: dict[Special | None, dict[str, Any]] = {
    Special.CRASHING: {"fate": "crashes", "after_s": 3, "exit_code": 137, "says": "fatal: out of memory"},
    Special.UNHEALTHY: {"fate": "unhealthy", "after_s": 3, "says": "wget: server returned error: HTTP/1.1 503"},
    Special.FAILED: {
        "fate": "exits",
        "exit_code": 78,
        "says": "config: unknown key 'retention_days' in /data/config.yml",
    },
}
"""What becomes of containers."""


@dataclass(frozen=True, kw_only=True)
class Believable:
    """A service as it lies in the repository."""

    name: str
    app: App
    number: int
    nodes: tuple[str, ...]
    special: Special | None = None
    simulate: dict[str, Any] = field(default_factory=dict)
    chatty: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is well, and on one node."""
        return not self.special and not self.simulate and len(self.nodes) == 1

    @property
    def message(self) -> str:
        """Of the commit that brings it into its state; empty where none does."""
        return _MESSAGES.get(self.special, "")

    def files(self, tag: str = "") -> dict[str, str]:
        """Its files; `tag` is that of its own image."""
        simulate = self.simulate | SIMULATED.get(self.special, {})
        return self._files(tag or self.app.tags[0], simulate, str(8000 + self.number))

    def later(self) -> dict[str, str]:
        """The files that bring it into its state."""
        tag = self.app.tags[-1]
        match self.special:
            case Special.DISABLED:
                files = self.files()
                return files | {"composia-meta.yaml": f"{files['composia-meta.yaml']}enabled: false\n"}
            case Special.BROKEN:
                return self._files(tag, {}, "80800")
            case Special.ROLLOUT:
                says = "cannot read /certs/edge.pem: permission denied"
                return self._files(tag, {"fate": "exits", "exit_code": 1, "says": says}, str(8000 + self.number))
            case Special.DEPLOYING:
                return self._files(tag, {"up_s": 86_400}, str(8000 + self.number))
            case _:
                return self.files()

    def _files(self, tag: str, simulate: dict[str, Any], port: str) -> dict[str, str]:
        placed = (
            "placement: {labels: {gpu: nvidia}}"
            if self.special is Special.UNPLACED
            else f"nodes: [{', '.join(self.nodes)}]"
        )
        rollout = "max_parallel: 1, on_failure: pause, " if self.special is Special.ROLLOUT else ""
        deploy = f"deploy: {{{rollout}health: {{stable_for: 0s, deadline: 5s}}}}"
        return {
            "composia-meta.yaml": f"name: {self.name}\n{placed}\n{deploy}\n",
            "compose.yaml": self._compose(tag, simulate, port),
            ".env": f"TZ=Europe/Berlin\nPUBLIC_HOST={self.name}.example.org\n",
        }

    def _compose(self, tag: str, simulate: dict[str, Any], port: str) -> str:
        every_s = 0.2 if self.chatty else 20 + self.number % 40
        simulate = {"prints": PRINTS[self.number % 3], "every_s": every_s, "health_s": 0.1, **simulate}
        lines = [
            "services:",
            "  app:",
            f"    image: {self.app.image}:{tag}",
            "    restart: unless-stopped",
            f"    ports: ['{port}:8080']",
            "    environment:",
            "      TZ: ${TZ}",
            "      PUBLIC_URL: https://${PUBLIC_HOST}",
            "    volumes: ['data:/data']",
            "    healthcheck: {test: [CMD, wget, -qO-, 'http://localhost:8080/health'], interval: 30s}",
            f"    x-simulate: {json.dumps(simulate)}",
        ]
        volumes = ["data"]
        for beside in self.app.beside:
            name, image = beside.split("=")
            volumes.append(name)
            lines += [
                f"  {name}:",
                f"    image: {image}",
                "    restart: unless-stopped",
                f"    volumes: ['{name}:/var/lib/data']",
                f"    x-simulate: {json.dumps({'prints': PRINTS[3], 'every_s': 60 + self.number % 60})}",
            ]
        return "\n".join([*lines, "volumes:", *(f"  {name}: {{}}" for name in volumes), ""])


_MESSAGES: dict[Special | None, str] = {
    Special.DISABLED: "Switch off media-archive until the disks are there",
    Special.BROKEN: "Publish playground on another port",
    Special.REMOVED: "Remove old-wiki, all pages are in bookstack",
    Special.ROLLOUT: "Let edge-proxy read its certificates from /certs",
    Special.DEPLOYING: "Back up to the second disk too",
}


def services(count: int, nodes: tuple[str, ...]) -> tuple[Believable, ...]:
    """So many services over these nodes, of which one in thirty is not well, and those that are special."""
    found = []
    for number in range(count):
        place, one = divmod(number, len(APPS))
        suffix = PLACES[place] if place < len(PLACES) else f"-{place}"
        first = (number + place) % len(nodes)
        there = [nodes[first], *([nodes[(first + 1) % len(nodes)]] if number % 23 == 5 else [])]
        found.append(
            Believable(
                name=f"{APPS[one].name}{suffix}",
                app=APPS[one],
                number=number,
                nodes=tuple(dict.fromkeys(there)),
                simulate=_goes_wrong(number),
                chatty=number % 20 == 12,
            )
        )
    for number, (name, special) in enumerate(SPECIALS.items(), count):
        image = app(name, f"registry.example.org/team/{name}", "1.8.3", "1.9.0")
        where = nodes if special is Special.ROLLOUT else (nodes[number % len(nodes)],)
        found.append(Believable(name=name, app=image, number=number, nodes=where, special=special))
    return tuple(found)


def _goes_wrong(number: int) -> dict[str, Any]:
    if number % 41 == 17:
        return SIMULATED[Special.CRASHING]
    if number % 53 == 22:
        return SIMULATED[Special.CRASHING] | {"exit_code": 1, "says": "Error: connect ECONNREFUSED 10.0.3.7:5432"}
    if number % 37 == 29:
        return SIMULATED[Special.UNHEALTHY]
    return SIMULATED[Special.FAILED] if number % 67 == 31 else {}
