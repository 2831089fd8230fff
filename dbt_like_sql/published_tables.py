"""The SQL models as Dagster assets: made together, checked, and published in one step.

A publication is whole: media.duckdb is replaced when every model is up to date and every blocking
check holds, else the old file stays. Whatever is selected, all of it is published; a run that a
sensor asks for names the tables in which rows change, and reports only those.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass, field
from functools import lru_cache

import dagster as dg
import duckdb

from dbt_like_sql.checks import Check, CheckResult, load_checks, remember_results, run_checks
from dbt_like_sql.closing_lines import ClosingLine, closing_lines
from dbt_like_sql.lineage import Column, ColumnSource, column_lineage, read_columns
from dbt_like_sql.model_files import models_version
from dbt_like_sql.models import (
    Model,
    build_views,
    load_models,
)
from dbt_like_sql.publication_due import models_due
from dbt_like_sql.updated_tables import update_tables
from resources.configuration.media_home import MediaHome
from resources.display_text import plain_text
from resources.rows.row_store import RowStore
from resources.warehouse.live_tables import ARTIFACT_VIEWS
from resources.warehouse.publication import Came, Publication
from resources.warehouse.warehouse_resource import WarehouseResource

OWNERS = ["team:media"]
LONGEST_LINE = 300

_log = logging.getLogger(__name__)

Event = dg.MaterializeResult | dg.AssetCheckResult


class ChecksFailed(RuntimeError):
    """A blocking check found rows that should not be there; nothing was published."""


@dataclass
class Build:
    """What is learned while the models are built; rows are counted in the ``selected`` ones."""

    selected: frozenset[str]
    checks: list[CheckResult] = field(default_factory=list)
    columns: tuple[Column, ...] = ()
    row_counts: dict[str, int] = field(default_factory=dict)
    closing_lines: tuple[ClosingLine, ...] = ()

    def run(self, connection: duckdb.DuckDBPyConnection, came: Came | None) -> None:
        """Build or update every model, and check them. Raises ChecksFailed, duckdb.Error."""
        forms = update_tables(connection, came)
        self.checks = [*run_checks(connection, forms)]
        remember_results(connection, self.checks)
        failed = [result.check for result in self.checks if result.is_stopping]
        if failed:
            names = ", ".join(f"{check.model}.{check.name}" for check in failed)
            raise ChecksFailed(f"{names}: media.duckdb stays as it was")
        self.columns = tuple(read_columns(connection))
        self.closing_lines = closing_lines(connection)
        for name in self.selected:
            ((count,),) = connection.table(name).count("*").fetchall()
            self.row_counts[name] = count


def make_published_tables(derivatives: Collection[dg.AssetKey]) -> dg.AssetsDefinition:
    """One asset per SQL model; ``derivatives`` are the keys behind the view artifact_rows."""

    @dg.multi_asset(
        name="published_tables",
        specs=[model_spec(model, derivatives) for model in load_models().values()],
        check_specs=[check_spec(check) for check in load_checks()],
        can_subset=True,
    )
    def published_tables(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[Event]:
        announced = announced_batches(warehouse)
        selected = frozenset(key.path[-1] for key in context.selected_asset_keys)
        build = Build(selected)
        try:
            publication = warehouse.publish(build.run)
        except ChecksFailed as failure:
            yield from checks_to_report(context, build)
            raise dg.Failure(str(failure), allow_retries=False) from failure
        warehouse.publish_live_views(build_views, models_version())
        closing = [line for line in build.closing_lines if line.batch not in announced]
        for line in closing:
            context.log.info("%s: %s", plain_text(line.batch, longest=LONGEST_LINE), line.text)
        for model in load_models().values():
            if model.name not in selected:
                continue
            metadata = model_metadata(model, build, publication, tuple(derivatives))
            if model.name == "batches" and closing:
                metadata["closing_lines"] = closing_metadata(closing)
            yield dg.MaterializeResult(asset_key=model_key(model.name), metadata=metadata)
        yield from checks_to_report(context, build)

    return published_tables


def publication_request(home: MediaHome, store: RowStore) -> dg.RunRequest | None:
    """A run that publishes what came, and reports the tables that change; None: nothing came.

    Of checks it reports those with another result than before, unless it makes all tables.
    """
    due = models_due(home, store)
    if not due:
        return None
    is_whole = due == load_models().keys()
    return dg.RunRequest(
        job_name="publish_tables",
        asset_selection=[model_key(name) for name in sorted(due)],
        asset_check_keys=None if is_whole else [],
    )


def checks_to_report(
    context: dg.AssetExecutionContext, build: Build
) -> Iterator[dg.AssetCheckResult]:
    """The results of the selected checks. Any other that changed is reported beside the run."""
    for result in build.checks:
        found = check_result(result)
        key = dg.AssetCheckKey(model_key(result.check.model), result.check.name)
        if key in context.selected_asset_check_keys:
            yield found
        elif result.is_news:
            context.instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=key.asset_key,
                    check_name=key.name,
                    passed=found.passed,
                    metadata=found.metadata,
                    severity=found.severity,
                )
            )


def model_key(name: str) -> dg.AssetKey:
    """The asset key of a model."""
    return dg.AssetKey(["sql", name])


def keys_read(name: str, derivatives: Collection[dg.AssetKey]) -> Iterable[dg.AssetKey]:
    """The assets behind a table as SQL names it; a table's history is of the same asset."""
    if name in ARTIFACT_VIEWS:
        return derivatives
    name = name.replace("_history.", ".")
    return [dg.AssetKey(name.split("."))] if "." in name else [model_key(name)]


def model_spec(model: Model, derivatives: Collection[dg.AssetKey]) -> dg.AssetSpec:
    """How the model shows in Dagster before it is built."""
    upstream = {key for name in model.reads for key in keys_read(name, derivatives)}
    return dg.AssetSpec(
        model_key(model.name),
        deps=sorted(upstream),
        description=model.description,
        group_name=f"sql_{model.layer}",
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        metadata={
            "layer": model.layer,
            "dagster/table_name": model.name,
            "sql": dg.MetadataValue.md(f"```sql\n{model.sql}\n```"),
        },
    )


def check_spec(check: Check) -> dg.AssetCheckSpec:
    """How the check shows in Dagster."""
    return dg.AssetCheckSpec(
        check.name,
        asset=model_key(check.model),
        description=check.description,
        blocking=check.is_blocking,
        metadata={"sql": dg.MetadataValue.md(f"```sql\n{check.sql}\n```")},
    )


def check_result(result: CheckResult) -> dg.AssetCheckResult:
    """The result of the check; the examples come from users' files, so they are shown plain."""
    severity = (
        dg.AssetCheckSeverity.ERROR if result.check.is_blocking else dg.AssetCheckSeverity.WARN
    )
    examples = "\n".join(plain_text(row, longest=LONGEST_LINE) for row in result.examples)
    return dg.AssetCheckResult(
        passed=result.failing_rows == 0,
        asset_key=model_key(result.check.model),
        check_name=result.check.name,
        severity=severity,
        metadata={
            "failing_rows": result.failing_rows,
            "examples": dg.MetadataValue.text(examples),
        },
    )


def model_metadata(
    model: Model, build: Build, publication: Publication, derivatives: tuple[dg.AssetKey, ...]
) -> dict[str, dg.MetadataValue]:
    """What was made of one model."""
    columns = [column for column in build.columns if column.table == model.name]
    schema = dg.TableSchema([dg.TableColumn(column.name, column.type) for column in columns])
    lineage = dagster_lineage(model.name, build.columns, derivatives)
    return {
        "dagster/row_count": dg.MetadataValue.int(build.row_counts[model.name]),
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "dagster/column_lineage": dg.MetadataValue.column_lineage(lineage),
        "new_batches": dg.MetadataValue.int(publication.new_batches),
        "is_full_rebuild": dg.MetadataValue.bool(publication.is_full_rebuild),
        "publish_seconds": dg.MetadataValue.float(round(publication.seconds, 3)),
    }


def closing_metadata(closing: Iterable[ClosingLine]) -> dg.MetadataValue:
    """Batch -> closing line."""
    lines = {plain_text(line.batch, longest=LONGEST_LINE): line.text for line in closing}
    return dg.MetadataValue.json(lines)


@lru_cache(maxsize=128)
def dagster_lineage(
    model_name: str, columns: tuple[Column, ...], derivatives: tuple[dg.AssetKey, ...]
) -> dg.TableColumnLineage:
    """The model's column lineage in Dagster's form; the same columns give the same lineage.

    A column of artifact_rows comes from the column of that name of every derivative.
    """
    known = {(column.table, column.name) for column in columns}
    lineage = column_lineage(load_models()[model_name], columns)
    return dg.TableColumnLineage(
        {
            name: [
                dg.TableColumnDep(key, column)
                for source in sorted(sources, key=astuple)
                for key in keys_read(source.table, derivatives)
                if (table_of(key), column := column_behind(source, key)) in known
            ]
            for name, sources in lineage.items()
        }
    )


def column_behind(source: ColumnSource, key: dg.AssetKey) -> str:
    """The name of a column in one of the tables behind it: ids are named by their medium there."""
    is_id = source.table in ARTIFACT_VIEWS and source.column == "source_id"
    return f"{key.path[0]}_id" if is_id else source.column


def table_of(key: dg.AssetKey) -> str:
    """The table of an asset as SQL names it."""
    return key.path[-1] if key.path[0] == "sql" else ".".join(key.path)


def announced_batches(warehouse: WarehouseResource) -> frozenset[str]:
    """Batches whose closing line is in the file that is published now."""
    if not warehouse.media_home.warehouse.exists():
        return frozenset()
    try:
        with warehouse.reading() as connection:
            return frozenset(line.batch for line in closing_lines(connection))
    except duckdb.Error as error:
        _log.warning("The published file cannot be read: batches are announced again (%s)", error)
        return frozenset()
