"""Dagster's own log lines as JSON: see ``resources.configuration.log_lines``.

Its daemon and its code server set up loggers of their own at their start; a run prints its events,
and a sensor what it says, by loggers that no other logger knows. Uses internals of dagster 1.13:
where they do so.
"""

import logging

import dagster as dg
from dagster._cli import api
from dagster._core.definitions import instigation_logger
from dagster._core.execution import context_creation_job, host_mode
from dagster._daemon import controller

from resources.configuration.log_lines import write_json_lines
from resources.configuration.settings import Settings
from resources.orchestration.json_console import json_console, json_logger


def write_dagster_json_lines(settings: Settings, **cause: str) -> None:
    """Make all loggers of this process write JSON lines, also once Dagster starts in it."""
    write_json_lines(settings, **cause)
    logging.getLogger("dagster").setLevel(logging.WARNING)
    for module in (api, controller):
        vars(module)["configure_loggers"] = leave_as_they_are
    for module in (context_creation_job, host_mode):
        vars(module)["default_system_loggers"] = loggers_of_runs

    def logger_of_sensor(name: str, level: int) -> logging.Logger:
        return json_logger(settings, name, level, **cause)

    vars(instigation_logger)["create_console_logger"] = logger_of_sensor


def leave_as_they_are(**_: object) -> None:
    """Dagster's set-up of loggers, which would print each line again in its own form."""


def loggers_of_runs(instance: dg.DagsterInstance) -> list[tuple[dg.LoggerDefinition, object]]:
    """What a run prints by whose configuration names no logger: all but Dagster's own events."""
    del instance
    return [(json_console, {"log_level": "INFO"})]
