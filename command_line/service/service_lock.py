"""Whether the service is up: it holds a lock for as long as it runs."""

from pathlib import Path

from filelock import FileLock, Timeout

from resources.configuration.media_home import MediaHome


def is_service_running(home: MediaHome) -> bool:
    """Whether a service of this MEDIA_HOME is up, or on its way up or down."""
    try:
        with FileLock(service_lock(home), timeout=0):
            return False
    except Timeout:
        return True


def service_lock(home: MediaHome) -> Path:
    """The file whose lock a running service holds."""
    return home.locks / "service.lock"
