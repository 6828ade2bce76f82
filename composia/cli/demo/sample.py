"""The sample repository: three services, made without a git program."""

from pathlib import Path

from dulwich import porcelain
from dulwich.repo import Repo

FILES = {
    "web/composia-meta.yaml": """\
# A web server with a healthcheck, on one node.
name: web
nodes: [node-a]
deploy:
  health: {deadline: 60s}
""",
    "web/compose.yaml": """\
services:
  web:
    image: @IMAGE@
    command: [httpd, -f, -p, "8080", -h, /www]
    stop_grace_period: 1s
    ports: ["8080"]
    volumes: ["./www:/www:ro"]
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"]
      interval: 2s
      timeout: 2s
      retries: 5
""",
    "web/www/index.html": "<h1>Hello from Composia</h1>\n",
    "notes/composia-meta.yaml": """\
# Two containers, a volume, and data bind-mounted from the service's own directory: no deploy touches the data.
name: notes
nodes: [node-b]
""",
    "notes/compose.yaml": """\
services:
  writer:
    image: @IMAGE@
    command: [sh, -c, "while :; do date >> /data/notes.txt; sleep 5; done"]
    stop_grace_period: 1s
    volumes: ["./data:/data"]
  reader:
    image: @IMAGE@
    command: [sh, -c, "while :; do cp /data/notes.txt /copies/ || true; sleep 5; done"]
    stop_grace_period: 1s
    depends_on: [writer]
    volumes: ["./data:/data:ro", "copies:/copies"]
volumes:
  copies: {}
""",
    "notes/data/.gitkeep": "",
    "jobs/composia-meta.yaml": """\
# A one-shot job, and a worker that waits for it; on both nodes, one after the other.
name: jobs
nodes: [node-a, node-b]
""",
    "jobs/compose.yaml": """\
services:
  prepare:
    image: @IMAGE@
    command: [sh, -c, "echo prepared > /state/prepared"]
    restart: "no"
    volumes: ["state:/state"]
  worker:
    image: @IMAGE@
    command: [sh, -c, "while :; do cat /state/prepared; sleep 30; done"]
    stop_grace_period: 1s
    depends_on:
      prepare: {condition: service_completed_successfully}
    volumes: ["state:/state"]
volumes:
  state: {}
""",
}


def make_repository(path: Path, image: str) -> None:
    """Write the files and commit them to the branch `main`."""
    path.mkdir()
    repo = Repo.init(str(path), default_branch=b"main")
    try:
        for name, text in FILES.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("@IMAGE@", image))
        porcelain.add(repo, [str(path / name) for name in FILES])
        person = b"Composia demo <demo@localhost>"
        porcelain.commit(repo, message=b"Three sample services", author=person, committer=person, sign=False)
    finally:
        repo.close()
