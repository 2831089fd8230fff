"""What a decoder may read although nobody hands it over: libraries, fonts, the Python code.

Not the folder that the project lies in, only its packages: MEDIA_HOME may be beside them.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from resources.confinement.landlock import READ, READ_AND_EXECUTE, READ_AND_WRITE

LIBRARIES = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib"),
    *("/usr/local/share", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts"),
    *("/var/cache/fontconfig", "/dev/urandom", "/sys/devices/system/cpu"),
    *("/proc/cpuinfo", "/proc/meminfo"),
)
FONTS_OF_THE_USER = ("~/.fonts", "~/.local/share/fonts", "~/.cache/fontconfig")
NOWHERE = "/dev/null"

PROGRAMS = (
    *("/bin", "/lib", "/lib64", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/share"),
    *("/usr/local/bin", "/usr/local/lib", "/usr/local/share"),
)
SETTINGS_OF_PROGRAMS = ("/etc/perl", "/etc/ld.so.cache", "/etc/localtime")

INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
"""Names of sysconfig for where Python and its packages are."""


def of_decoders() -> dict[Path, int]:
    """Place -> rights, for Landlock: a decoder's."""
    read = [*map(Path, LIBRARIES), *fonts_of_the_user(), *python_folders(), *loaded_packages()]
    return {**dict.fromkeys(read, READ), Path(NOWHERE): READ_AND_WRITE}


def of_program(program: Path) -> dict[Path, int]:
    """Place -> rights, for Landlock: those of an outside program, the shell beside it included."""
    executed = [*map(Path, PROGRAMS), program.resolve().parent]
    read = map(Path, SETTINGS_OF_PROGRAMS)
    return {
        **dict.fromkeys(read, READ),
        **dict.fromkeys(executed, READ_AND_EXECUTE),
        Path(NOWHERE): READ_AND_WRITE,
    }


def fonts_of_the_user() -> Iterator[Path]:
    """Where the user may have put fonts; nowhere when the user has no home."""
    for folder in FONTS_OF_THE_USER:
        place = os.path.expanduser(folder)  # noqa: PTH111 - Path's raises without a home
        if place.startswith("/"):
            yield Path(place)


def python_folders() -> set[Path]:
    """Where Python, its shared library and the installed packages are."""
    paths = sysconfig.get_paths()
    return {*(Path(paths[name]) for name in INSTALLED), Path(sys.base_prefix, "lib")}


def loaded_packages() -> set[Path]:
    """Where the packages and modules are that this process has imported, ours among them."""
    tops = [module for name, module in sorted(sys.modules.items()) if "." not in name]
    places = set()
    for module in tops:
        file = getattr(module, "__file__", None)
        folders = getattr(module, "__path__", None)
        if folders is not None:
            places |= {Path(folder) for folder in folders}
        elif file and module.__name__ != "__main__":
            places.add(Path(file))
    return places
