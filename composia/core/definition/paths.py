"""Paths inside a service directory."""

import posixpath


def inside(path: str) -> str | None:
    """The normalised path relative to the directory, or None when it is absolute or leaves the directory."""
    if path.startswith(("/", "~")):
        return None
    normal = posixpath.normpath(path)
    return None if normal == ".." or normal.startswith("../") else normal
