"""Which files of a snapshot belong to a service."""

from bisect import bisect_left
from collections.abc import Sequence

from composia.plugins.source import SnapshotFile


def service_files(files: Sequence[SnapshotFile], directory: str) -> tuple[SnapshotFile, ...]:
    """Everything below a directory; `files` are sorted by path."""
    if not directory:
        return tuple(files)
    prefix = f"{directory}/"
    begin = bisect_left(files, prefix, key=lambda file: file.path)
    end = bisect_left(files, f"{directory}0", lo=begin, key=lambda file: file.path)  # "0" follows "/"
    return tuple(files[begin:end])
