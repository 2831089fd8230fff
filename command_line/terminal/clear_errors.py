"""Errors of the environment, in one sentence: wrong settings, a database that does not answer.

Everything else that goes wrong in a command is a bug and keeps its traceback.
"""

from typing import Any

from typer.core import TyperGroup

from command_line.terminal.console import CommandError
from resources.orchestration.dagster_damage import DamagedDagster


class MediaGroup(TyperGroup):
    """The commands of ``media``, which say what is wrong with the environment."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        from tomllib import TOMLDecodeError

        from pydantic import ValidationError
        from pydantic_settings import SettingsError

        try:
            return super().invoke(ctx)
        except ValidationError as error:
            if error.title != "Settings":
                raise
            raise wrong_settings(*reasons_of(error)) from None
        except DamagedDagster as error:
            raise CommandError(
                str(error), hint="move that folder away, then: media rebuild; nothing is made again"
            ) from None
        except (SettingsError, TOMLDecodeError) as error:
            raise wrong_settings(str(error)) from None


def wrong_settings(*reasons: str) -> CommandError:
    """The error that names each wrong setting; values are left out, for some are secret."""
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
