"""Images made from the machine's static busybox, without an engine; equal input gives equal digests."""

import gzip
import hashlib
import io
import json
import platform
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

Digest: TypeAlias = str  # sha256:…

BUSYBOX = Path("/bin/busybox")
FIXTURE = Path(__file__).with_name("fixture.sh")
CREATED = "2024-01-01T00:00:00Z"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Directory:
    """A directory in a layer."""

    mode: int = 0o755


@dataclass(frozen=True, kw_only=True)
class Link:
    """A symbolic link in a layer."""

    target: str


@dataclass(frozen=True, kw_only=True)
class File:
    """A file in a layer."""

    content: bytes
    mode: int = 0o644


Layer: TypeAlias = dict[str, Directory | Link | File]


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a registry stores: a manifest and the blobs that it names."""

    manifest: bytes
    blobs: tuple[bytes, ...]

    @classmethod
    def of(cls, *, text: str, command: tuple[str, ...]) -> Self:
        """An image of busybox, the fixture program and a page that says `text`, which runs `command`."""
        layers = [tar(layer) for layer in (base_layer(), text_layer(text))]
        packed = [gzip.compress(layer, 1, mtime=0) for layer in layers]
        config = encode(image_config(layers, command))
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": descriptor("application/vnd.docker.container.image.v1+json", config),
            "layers": [descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", blob) for blob in packed],
        }
        return cls(manifest=encode(manifest), blobs=(*packed, config))


def base_layer() -> Layer:
    """A root directory with every applet of busybox, and the fixture program."""
    applets = subprocess.run([BUSYBOX, "--list"], check=True, capture_output=True, text=True).stdout.split()
    return {
        **dict.fromkeys(("bin", "etc", "root", "dev", "proc", "sys", "var", "www"), Directory()),
        "tmp": Directory(mode=0o1777),
        "bin/busybox": File(content=BUSYBOX.read_bytes(), mode=0o755),
        **{f"bin/{applet}": Link(target="busybox") for applet in applets if applet != "busybox"},
        "bin/fixture": File(content=FIXTURE.read_bytes(), mode=0o755),
        "etc/passwd": File(content=b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
        "etc/group": File(content=b"root:x:0:\nnogroup:x:65534:\n"),
    }


def text_layer(text: str) -> Layer:
    """The page that the fixture program serves."""
    return {
        "www/index.html": File(content=f"{text}\n".encode()),
        "www/healthz": File(content=b"ok\n"),
    }


def image_config(layers: list[bytes], command: tuple[str, ...]) -> dict[str, object]:
    """The image's configuration."""
    return {
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": CREATED,
        "config": {"Env": ["PATH=/bin"], "Cmd": command, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
        "history": [{"created": CREATED, "created_by": "composia test bed"} for _ in layers],
    }


def tar(layer: Layer) -> bytes:
    """A layer as a tar archive without times and owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, entry in layer.items():
            info = tarfile.TarInfo(name)
            match entry:
                case Directory(mode=mode):
                    info.type, info.mode = tarfile.DIRTYPE, mode
                    archive.addfile(info)
                case Link(target=target):
                    info.type, info.linkname = tarfile.SYMTYPE, target
                    archive.addfile(info)
                case File(content=content, mode=mode):
                    info.size, info.mode = len(content), mode
                    archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    """How a manifest names a blob."""
    return {"mediaType": media_type, "digest": sha256(blob), "size": len(blob)}


def encode(value: object) -> bytes:
    """JSON, always the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def sha256(blob: bytes) -> Digest:
    """The digest of a blob, as registries write it."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
