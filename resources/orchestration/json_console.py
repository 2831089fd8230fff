"""What a run prints, as JSON lines: Dagster's console logger while ``log_format`` is "json"."""

import logging

import dagster as dg

from resources.configuration.log_lines import json_handler
from resources.configuration.settings import Settings

CONSOLE = {
    "log_level": dg.Field(str, default_value="INFO"),
    "name": dg.Field(str, is_required=False),
}
"""The configuration of Dagster's own console logger, so that a run may name it as before."""


@dg.logger(config_schema=CONSOLE, description="What a run says, as JSON lines.")
def json_console(context: dg.InitLoggerContext) -> logging.Logger:
    """Each of its lines names the run."""
    return json_logger(Settings(), "dagster", context.logger_config["log_level"], service="run")


def json_logger(settings: Settings, name: str, level: int | str, **cause: str) -> logging.Logger:
    """A logger that no other logger knows."""
    logger = logging.Logger(name, level)
    logger.addHandler(json_handler(settings, **cause))
    return logger
