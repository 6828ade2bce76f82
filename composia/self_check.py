"""Checks that server, agent and command line have in common: of the program itself and of the directory it keeps its files in."""

import os
import platform
from pathlib import Path

from composia._version import __version__
from composia.core.check import Check, CheckResult
from composia.errors import of_the_system

MIB = 1 << 20
LOW_MIB, LOW_SHARE = 1024, 0.05
FULL_MIB = 100
"""Of a disk: it runs low with less than both of the first, and is as good as full with less than the last."""

DAY_MS = 86_400_000
SOON_DAYS = 14
"""So long before its end a certificate or a credential is warned of."""


def program_checks() -> tuple[Check, ...]:
    """What runs here, and what older versions of it left behind."""
    text = f"Composia {__version__} on Python {platform.python_version()}"
    return (Check(name="version", result=CheckResult.OK, text=text), *_stale_extractions(_extraction()))


def directory_checks(data: Path, *, others: int) -> tuple[Check, ...]:
    """Whether a data directory has room, and other users may do no more with it than `others` says, as in a mode: 0o55 lets
    them look in, as people do where service directories lie."""
    try:
        return (_room(data), _rights(data, others))
    except OSError as error:
        told = of_the_system(error, str(data))
        return (Check(name="disk", result=CheckResult.ERROR, text=str(told), hint=told.hint),)


def expiry_check(name: str, what: str, expires_ms: int, now_ms: int, hint: str) -> Check:
    """Whether what ends at that time (milliseconds UTC) is good for a while yet."""
    days = (expires_ms - now_ms) // DAY_MS
    if expires_ms <= now_ms:
        return Check(name=name, result=CheckResult.ERROR, text=f"{what} has expired", hint=hint)
    result = CheckResult.WARNING if days < SOON_DAYS else CheckResult.OK
    text = f"{what} is good for {'a day' if days == 1 else f'{days} days'} more"
    return Check(name=name, result=result, text=text, hint=hint if result is CheckResult.WARNING else "")


def _room(data: Path) -> Check:
    disk = os.statvfs(data)
    free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    text = f"{free / MIB / 1024:.1f} of {size / MIB / 1024:.1f} GiB are free for {data}"
    hint = "make room there, or keep less: retention in the configuration"
    if disk.f_flag & os.ST_RDONLY:
        return Check(name="disk", result=CheckResult.ERROR, text=f"{data} is read-only", hint="look at its disk")
    if free < FULL_MIB * MIB or (disk.f_files and not disk.f_favail):
        return Check(name="disk", result=CheckResult.ERROR, text=text, hint=hint)
    if free < LOW_MIB * MIB and free < LOW_SHARE * size:
        return Check(name="disk", result=CheckResult.WARNING, text=text, hint=hint)
    return Check(name="disk", result=CheckResult.OK, text=text)


def _rights(data: Path, others: int) -> Check:
    mode = data.stat().st_mode & 0o777
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        hint = f"chown it to the user that runs this, number {os.geteuid()}"
        return Check(name="permissions", result=CheckResult.ERROR, text=f"{data} cannot be written", hint=hint)
    if mode & 0o077 & ~others:
        text = f"other users have more rights on {data} than they need ({mode:o})"
        hint = f"chmod {mode & (0o700 | others):o} {data}"
        return Check(name="permissions", result=CheckResult.WARNING, text=text, hint=hint)
    return Check(name="permissions", result=CheckResult.OK, text=f"{data} is as private as it has to be")


def _extraction() -> Path | None:
    """The directory that the one file was unpacked into, if this runs from one."""
    site = Path(__file__).resolve().parent.parent
    return site.parent if site.name == "site-packages" and "_" in site.parent.name else None


def _stale_extractions(own: Path | None) -> tuple[Check, ...]:
    if own is None:
        return ()
    name = own.name.rpartition("_")[0]
    others = [path for path in own.parent.glob(f"{name}_*") if path != own and path.is_dir()]
    if not others:
        return (
            Check(name="extractions", result=CheckResult.OK, text=f"only this version is unpacked in {own.parent}"),
        )
    size = sum(file.lstat().st_size for other in others for file in other.rglob("*") if not file.is_dir())
    text = (
        f"{len(others)} other unpacked in {own.parent}, {size / MIB:.0f} MiB; each goes a week after it was last used"
    )
    return (Check(name="extractions", result=CheckResult.OK, text=text),)
