"""Errors of the environment, in one sentence: wrong settings, missing rights, a full disk.

Everything else that goes wrong in a command is a bug and keeps its traceback.
"""

import errno
import shlex
from typing import TYPE_CHECKING, Any

from typer import Exit
from typer.core import TyperGroup

from command_line.terminal.interruption import (
    STOPPED,
    Stopped,
    end_on_signals,
    raise_if_asked_to_end,
)
from resources.configuration.trusted_home import UntrustedHome
from resources.orchestration.dagster_damage import DamagedDagster

if TYPE_CHECKING:
    from command_line.terminal.console import CommandError


MAY_NOT = "run it as the user who owns that file or folder, or give yourself the right to it"
FULL = "make room on that disk, then run the same command again"
WHAT_TO_DO = {
    errno.EACCES: MAY_NOT,
    errno.EPERM: MAY_NOT,
    errno.EROFS: "it may only be read here: media search, show and sql work, the rest must write",
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
}
"""Refusals of the operating system that a person can do something about, and what."""


class MediaGroup(TyperGroup):
    """The commands of ``media``, which say what is wrong with the environment."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        end_on_signals()
        try:
            return self._invoke(ctx)
        except KeyboardInterrupt as stopped:
            raise end(stopped) from None
        except DamagedDagster as error:
            raise damaged_dagster(error) from None
        except OSError as error:
            if error.errno not in WHAT_TO_DO:
                raise
            raise refused_by_the_system(error) from None
        except UntrustedHome as error:
            raise untrusted_home(error) from None
        except ValueError as error:  # what reads the settings is slow to import: only now
            clear = clear_error(error)
            if clear is None:
                raise
            raise clear from None

    def _invoke(self, ctx: Any) -> Any:
        """Run the command. Raises Stopped, whatever came of the signal on its way."""
        try:
            return super().invoke(ctx)
        except Exception:
            raise_if_asked_to_end()
            raise

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """The context of the command."""
        try:
            return super().make_context(*args, **kwargs)
        except KeyboardInterrupt as stopped:
            raise end(stopped) from None


def end(stopped: KeyboardInterrupt) -> Exit:
    """The end of a command that was asked to stop, said in one line."""
    from command_line.terminal.console import err

    err.print(STOPPED)
    return Exit(stopped.exit_code if isinstance(stopped, Stopped) else 130)


def refused_by_the_system(error: OSError) -> "CommandError":
    """The error that names the file, what the operating system says, and what to do."""
    from command_line.terminal.console import CommandError

    where = error.filename2 or error.filename or "a file"
    return CommandError(f"{where}: {error.strerror}", hint=WHAT_TO_DO[error.errno or 0])


def untrusted_home(error: UntrustedHome) -> "CommandError":
    """The error that says how to use the home nevertheless."""
    from command_line.terminal.console import CommandError

    allow = f"media trust {shlex.quote(str(error.home))}"
    hint = f"take it over (chown, chmod o-w), or, if you trust who can change it: {allow}"
    return CommandError(str(error), hint=hint)


def damaged_dagster(error: DamagedDagster) -> "CommandError":
    """The error that says how to go on without Dagster's storage."""
    from command_line.terminal.console import CommandError

    hint = "move that folder away, then: media rebuild; nothing is made again"
    return CommandError(str(error), hint=hint)


def clear_error(error: ValueError) -> "CommandError | None":
    """What is wrong with the settings; None for an error of another kind."""
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    if isinstance(error, ValidationError) and error.title == "Settings":
        return wrong_settings(*reasons_of(error))
    if isinstance(error, SettingsError | TOMLDecodeError):
        return wrong_settings(str(error))
    return None


def wrong_settings(*reasons: str) -> "CommandError":
    """The error that names each wrong setting; values are left out, for some are secret."""
    from command_line.terminal.console import CommandError

    return CommandError(
        f"the settings are wrong: {'; '.join(reasons)}",
        hint="they come from variables MEDIA_... and from settings.toml in MEDIA_HOME",
    )


def reasons_of(error: Any) -> list[str]:
    """What is wrong with each setting, without what was set."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return [
        f"{'.'.join(map(str, one['loc']))}: {reason_of(one)}".removeprefix(": ") for one in found
    ]


def reason_of(one: Any) -> str:
    """What is wrong with one setting, in pydantic's words or shorter."""
    if one["type"] == "extra_forbidden":
        return "there is no such setting"
    words: str = one["msg"]
    return words.removeprefix("Value error, ")
