"""The last release of each service, as it was kept."""

import json
from dataclasses import replace
from pathlib import Path

from composia.agent.releases import Releases
from composia.core.release import Release, ReleasedContainer

WEB = ReleasedContainer(service="web", config_digest="sha256:c0", count=3)
RELEASE = Release(
    service="shop", node="a", task="t1", revision="4f1c", bundle="sha256:b0", project="shop", containers=(WEB,)
)


def test_one_that_an_older_agent_kept_has_one_container_of_each_service(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "releases")
    releases.keep(RELEASE)
    assert releases.last("shop") == RELEASE

    [file] = (tmp_path / "releases").iterdir()
    older = json.loads(file.read_bytes())
    del older["containers"][0]["count"]
    file.write_text(json.dumps(older))

    assert releases.last("shop") == replace(RELEASE, containers=(replace(WEB, count=1),))
