"""Whether the service is up: it holds a lock for as long as it runs."""

import errno
import fcntl
from pathlib import Path

from filelock import FileLock, Timeout

from resources.configuration.media_home import MediaHome


def is_service_running(home: MediaHome) -> bool:
    """Whether a service of this MEDIA_HOME is up, or on its way up or down."""
    lock = service_lock(home)
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS):
            raise
        return lock.exists() and is_held(lock)


def is_held(lock: Path) -> bool:
    """Whether a process holds the lock of this file, which may only be read."""
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def service_lock(home: MediaHome) -> Path:
    """The file whose lock a running service holds."""
    return home.locks / "service.lock"
