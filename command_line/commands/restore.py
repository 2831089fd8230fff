"""``media restore``: a home from its backup, after its settings were shown and agreed to.

Or from archive packages, which bring no settings.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import typer
from pydantic import ValidationError

from command_line.commands.backup import end_with
from command_line.commands.rebuild import make_caches
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, err, human_bytes, out, show_json
from media_assets.packages.packed_rows import packed_tables
from resources.configuration.file_modes import keep_private
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.configuration.settings_file import SettingsFile
from resources.display_text import plain_lines, plain_text
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_locks import end_runs_under_way
from resources.preservation.bag import DamagedBag
from resources.preservation.bag_places import SETTINGS, USERS
from resources.preservation.packages.restore_packages import found_packages, restore_packages
from resources.preservation.restore import FoundBackup, Restore, found_backup, restore_files
from resources.preservation.restore_stage import RestoreRefused, refuse_occupied
from resources.stores.open_folder import NotRegular
from web.guard.users import USERS as USERS_FORM

LONGEST_SHOWN = 20_000
"""Characters of the settings that are shown."""


def restore_backup(source: Path, *, with_settings: bool | None, as_json: bool) -> None:
    """Make the home from the backup, make its caches, and say what came back."""
    home = Settings().media_home
    if home.locks.exists() and is_service_running(home):
        raise CommandError("the service is running on that home", hint="choose an empty --home")
    try:
        with found_backup(source) as backup:
            refuse_occupied(home)
            refuse_no_room(backup.size.bytes, home)
            is_agreed = agreed(backup, with_settings)
            done = restore_files(backup, home, with_settings=is_agreed)
    except (RestoreRefused, DamagedBag, NotRegular) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"the restore stopped: {error}", hint="run it again") from error
    finish(done)
    tell(done, as_json=as_json)


def restore_from_packages(source: Path, *, with_settings: bool | None, as_json: bool) -> None:
    """Make the home from the archive packages in a folder, make its caches, and say so."""
    if with_settings:
        raise CommandError("packages bring no settings", hint="leave --with-settings out")
    home = Settings().media_home
    try:
        with found_packages(source) as found:
            refuse_occupied(home)
            refuse_no_room(found.bytes, home)
            done = restore_packages(found, home, packed_tables())
    except RestoreRefused as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"the restore stopped: {error}", hint="run it again") from error
    finish(done)
    tell(done, as_json=as_json)


def agreed(backup: FoundBackup, with_settings: bool | None) -> bool:
    """Whether the backup's settings and users are to be used; without an answer, ask.

    Raises CommandError when nobody can be asked, or when they are wrong.
    """
    chosen = backup.chosen_by_people()
    if not chosen or with_settings is False:
        return False
    for name, content in chosen.items():
        show(name, content)
    if with_settings or (
        sys.stdin.isatty() and typer.confirm("Use them?", default=False, err=True)
    ):
        refuse_wrong(chosen)
        return True
    if sys.stdin.isatty():
        return False
    raise CommandError(
        f"the backup brings {' and '.join(chosen)}, as shown above: nothing is restored yet",
        hint="use them: --with-settings; do without: --without-settings (then nobody has a login)",
    )


def show(name: str, content: bytes) -> None:
    """Print what a person has chosen, on standard error; of users their names and roles."""
    text = content.decode(errors="backslashreplace")
    if name == USERS:
        text = names_and_roles(content)
    err.print(f"{name} of the backup:", markup=False)
    err.print(plain_lines(text[:LONGEST_SHOWN]), markup=False, soft_wrap=True)
    if len(text) > LONGEST_SHOWN:
        err.print(f"... and {len(text) - LONGEST_SHOWN:,} characters more")


def names_and_roles(content: bytes) -> str:
    """The users in one line each, without their hashes. Raises CommandError."""
    try:
        users = USERS_FORM.validate_json(content)
    except ValidationError as error:
        raise CommandError(
            f"{USERS} of the backup is damaged", hint="do without: --without-settings"
        ) from error
    return "\n".join(f"{plain_text(name)}: {user.role.value}" for name, user in users.items())


def refuse_wrong(chosen: dict[str, bytes]) -> None:
    """Raise the settings' own errors before anything is restored with them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, SETTINGS)
        if not is_text(chosen.get(SETTINGS, b"")):
            raise CommandError(f"the settings are wrong: {SETTINGS} of the backup is not UTF-8")
        file.write_bytes(chosen.get(SETTINGS, b""))
        Settings.model_validate(SettingsFile(Settings, toml_file=file)())


def is_text(content: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def refuse_no_room(needed: int, home: MediaHome) -> None:
    """Raise CommandError when there is clearly no room for the restored files."""
    folder = next(place for place in home.root.parents if place.exists())
    kept = (path for path in folder.glob(f".{home.root.name}.restore-*/home/**/*"))
    present = sum(path.lstat().st_size for path in kept)
    free = shutil.disk_usage(folder).free + present
    if needed > free:
        raise CommandError(
            f"{human_bytes(needed)} are needed beside {home.root}, {human_bytes(free)} are free"
        )


def finish(done: Restore) -> None:
    """End runs that were under way when the backup was made, and make the caches."""
    restored = Settings()  # its settings.toml came back with it
    keep_private(restored.home)
    with open_dagster(restored) as instance:
        end_runs_under_way(instance)
    make_caches(restored)
    if not restored.media_home.warehouse.exists():
        problem = "media.duckdb could not be made: media rebuild, or look at its run in the UI"
        done.problems.append(problem)


def tell(done: Restore, *, as_json: bool) -> None:
    """Say what came back. Exit code 1 on any problem."""
    if as_json:
        show_json({**vars(done), "root": str(done.root)})
    else:
        out.print(
            f"{done.files} files, {human_bytes(done.bytes)} restored into {done.root}, every hash "
            "checked; media.duckdb is made again.",
            markup=False,
        )
    for note in done.notes:
        err.print(f"media: {note}", markup=False, soft_wrap=True)
    end_with(done.problems)
