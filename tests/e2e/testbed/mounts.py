"""What is mounted below a directory."""

import subprocess
from pathlib import Path


def below(directory: Path) -> list[str]:
    """The mount points in `directory`, the deepest first."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return sorted((point for point in points if Path(point).is_relative_to(directory)), reverse=True)


def remove(directory: Path) -> None:
    """Unmount all that is mounted in `directory`, in use or not."""
    for point in below(directory):
        subprocess.run(["umount", "--lazy", point], check=True)
