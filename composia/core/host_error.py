"""What a host's own system refuses, as an error for people."""

import errno

from composia.errors import NotPossible

_HINTS = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "raise the quota of the agent's user, or make room",
    errno.EROFS: "mount it writable; after an error of the disk Linux makes it read-only by itself",
    errno.EACCES: "let the agent's user write there",
    errno.EPERM: "let the agent's user write there, and look for an immutable flag: lsattr",
    errno.ENOTDIR: "a file lies where a directory has to be; move it away",
    errno.EISDIR: "a directory lies where a file has to be; move it away",
    errno.EIO: "the disk may be failing; see the kernel's log",
    errno.EMFILE: "raise the agent's limit of open files",
}


def host_error(error: OSError, place: str) -> NotPossible:
    """What, where (`place`, or what lies below it), and what would be right."""
    name = str(error.filename or "")
    where = name if name.startswith("/") else f"{place}/{name}".rstrip("/")
    what = (error.strerror or str(error)).lower()
    return NotPossible(what, where=where, hint=_HINTS.get(error.errno or 0, "see to it on the node, then try again"))
