"""A service directory as it lies on the host. No operation follows a symbolic link, in no part of a path, and none reads or
writes what is no regular file: what was looked at may be something else, such as a disk, when it is opened."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from composia.core.bundle import MAX_CONTENT, BundleEntry, EntryKind
from composia.points import Reached, unwatched

CHUNK = 1 << 20

OPEN = 0o755
"""The mode of directories, whatever the umask says: they are mounted into containers that run as anybody."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Something that no bundle holds, at a path or at a parent of it."""

    path: str
    directory: bool = False


Found = BundleEntry | Obstacle | None


class Tree:
    """A directory of files, executables and links, changed in place. Paths are relative, with slashes."""

    def __init__(self, root: Path, reached: Reached = unwatched, chunk: int = CHUNK) -> None:
        self.root = root
        self._reached = reached
        self._chunk = chunk
        self._touched: set[str] = set()

    def look(self, path: str) -> Found:
        """What lies at a path; None is nothing. A file that is larger than all of a bundle is an obstacle, and not read: a
        container makes one of many terabytes in no time."""
        try:
            with self._parent(path) as (parent, name):
                status = os.stat(name, dir_fd=parent, follow_symlinks=False)
                if stat.S_ISLNK(status.st_mode):
                    target = os.fsencode(self.target(path))
                    sha256 = hashlib.sha256(target).hexdigest()
                    return BundleEntry(path=path, kind=EntryKind.LINK, sha256=sha256, size=len(target))
                if not stat.S_ISREG(status.st_mode):
                    return Obstacle(path=path, directory=stat.S_ISDIR(status.st_mode))
                with self.read(path) as file:
                    status = os.fstat(file.fileno())
                    if status.st_size > MAX_CONTENT:
                        return Obstacle(path=path)
                    sha256 = _sha256(_beginning(file, status.st_size))
                kind = EntryKind.EXECUTABLE if status.st_mode & stat.S_IXUSR else EntryKind.FILE
                return BundleEntry(path=path, kind=kind, sha256=sha256, size=status.st_size)
        except FileNotFoundError:
            return None
        except _Blocked as blocked:
            return Obstacle(path=blocked.path)

    def signature(self, path: str) -> tuple[int, ...] | None:
        """Numbers that change when what lies at a path is changed; None when nothing lies there."""
        try:
            with self._parent(path) as (parent, name):
                status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except (FileNotFoundError, _Blocked):
            return None
        return (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def size(self, path: str) -> int:
        """Bytes of the file at a path; 0 when nothing lies there."""
        signature = self.signature(path)
        return signature[2] if signature else 0

    @contextmanager
    def read(self, path: str) -> Iterator[BinaryIO]:
        """A file's content. `OSError` where something else lies."""
        with self._parent(path) as (parent, name):
            descriptor = _open_file(parent, name, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as file:
            yield file

    def names(self, directory: str = "") -> Iterator[tuple[str, bool]]:
        """All paths below a directory, each with whether it is a directory."""
        with self._open(directory) as descriptor, os.scandir(descriptor) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = f"{directory}/{entry.name}" if directory else entry.name
                is_directory = entry.is_dir(follow_symlinks=False)
                yield path, is_directory
                if is_directory:
                    yield from self.names(path)

    def write(self, path: str, content: BinaryIO, *, executable: bool) -> None:
        """Give a file that content, in the inode that is there. Cut short, the file is the beginning of `content`."""
        with self._parent(path) as (parent, name), os.fdopen(_open_for_writing(parent, name), "wb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            readers = mode >> 2 & 0o111
            os.fchmod(file.fileno(), mode | readers if executable else mode & ~0o111)
            file.truncate(0)
            self._reached("truncated")
            while chunk := content.read(self._chunk):
                file.write(chunk)
                file.flush()
                self._reached("written")
            os.fsync(file.fileno())
        self._touch(path)

    def copy(self, path: str, name: str) -> None:
        """Copy a file, with its mode and its owner, to a name in the same directory that is free. `OSError` for one that is
        larger than all of a bundle."""
        with self.read(path) as content, self._parent(path) as (parent, _):
            status = os.fstat(content.fileno())
            if status.st_size > MAX_CONTENT:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
            descriptor = _open_file(parent, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with os.fdopen(descriptor, "wb") as file:
                for chunk in _beginning(content, status.st_size):
                    file.write(chunk)
                file.flush()
                if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(descriptor, status.st_uid, status.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
                os.fsync(descriptor)
        self._touch(path)

    def target(self, path: str) -> str:
        """Where a link leads to."""
        with self._parent(path) as (parent, name):
            return os.readlink(name, dir_fd=parent)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        with self._parent(path) as (parent, name):
            os.symlink(target, name, dir_fd=parent)
        self._touch(path)

    def remove(self, path: str) -> None:
        """Remove a file or a link."""
        with self._parent(path) as (parent, name):
            os.unlink(name, dir_fd=parent)
        self._touch(path)

    def make_directory(self, path: str) -> None:
        """Make one directory."""
        with self._parent(path) as (parent, name):
            os.mkdir(name, OPEN, dir_fd=parent)
            os.chmod(name, OPEN, dir_fd=parent)
        self._touch(path)

    def remove_directory(self, path: str) -> bool:
        """Remove a directory, if it is there and empty; whether it is gone."""
        try:
            with self._parent(path) as (parent, name):
                os.rmdir(name, dir_fd=parent)
        except (FileNotFoundError, _Blocked):
            return True
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY):
                return False
            if error.errno == errno.ENOTDIR:
                return True
            raise
        self._touch(path)
        return True

    def rename(self, path: str, name: str) -> None:
        """Give what lies at a path another name in the same directory."""
        with self._parent(path) as (parent, old):
            os.rename(old, name, src_dir_fd=parent, dst_dir_fd=parent)
        self._touch(path)

    def flush(self) -> None:
        """Force to disk which names were added and removed."""
        for directory in sorted(self._touched):
            with suppress(FileNotFoundError, _Blocked), self._open(directory) as descriptor:
                os.fsync(descriptor)
        self._touched.clear()

    def _touch(self, path: str) -> None:
        self._touched.add(path.rpartition("/")[0])
        self._reached("touched")

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        directory, _, name = path.rpartition("/")
        with self._open(directory) as descriptor:
            try:
                yield descriptor, name
            except OSError as error:
                if error.filename in (name, None):
                    error.filename = path  # what the system was told is only its last part
                raise

    @contextmanager
    def _open(self, directory: str) -> Iterator[int]:
        """The directory, opened part by part; `_Blocked` where a part is no directory."""
        descriptor = os.open(self.root, _DIRECTORY)
        try:
            walked = ""
            for part in directory.split("/") if directory else ():
                walked = f"{walked}/{part}" if walked else part
                try:
                    below = os.open(part, _DIRECTORY, dir_fd=descriptor)
                except OSError as error:
                    if error.errno in (errno.ENOTDIR, errno.ELOOP):
                        raise _Blocked(walked) from error
                    error.filename = walked
                    raise
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)


class _Blocked(Exception):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _beginning(file: BinaryIO, size: int) -> Iterator[bytes]:
    """A file's first `size` bytes: one that grows meanwhile is not read for ever."""
    while chunk := file.read(min(CHUNK, size)):
        yield chunk
        size -= len(chunk)


def _sha256(chunks: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()


def _open_file(parent: int, name: str, flags: int, mode: int = 0o600) -> int:
    """Open a regular file. A pipe is not waited for."""
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, mode, dir_fd=parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Not a regular file", name)
    return descriptor


def _open_for_writing(parent: int, name: str) -> int:
    try:
        return _open_file(parent, name, os.O_WRONLY)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno != errno.ETXTBSY:
            raise
        os.unlink(name, dir_fd=parent)  # a program that runs keeps its inode; there is no writing into it
    descriptor = _open_file(parent, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    os.fchmod(descriptor, 0o644)
    return descriptor
