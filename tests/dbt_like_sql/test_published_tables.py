"""Facts about the SQL models as Dagster assets, materialized for real."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from dbt_like_sql.ingest_tables import ingest_tables
from dbt_like_sql.models import load_models
from dbt_like_sql.published_tables import make_published_tables, publication_request
from media_assets.search.ranking.embedding_spaces import SERVING_SPACE
from media_assets.tables import CURATED, INGESTED
from resources.warehouse.warehouse_resource import WarehouseResource
from tests.support.synthetic_rows import PAYLOADS, SyntheticHome

pytestmark = pytest.mark.slow

DERIVATIVES = [dg.AssetKey(["image", asset]) for asset in PAYLOADS]
ASSETS = make_published_tables(DERIVATIVES)


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    return media


def materialize(
    media: SyntheticHome,
    derivatives: Sequence[dg.AssetKey] = DERIVATIVES,
    *,
    raise_on_error: bool = True,
    selection: Sequence[dg.AssetKey] | None = None,
    instance: dg.DagsterInstance | None = None,
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [ASSETS if derivatives == DERIVATIVES else make_published_tables(derivatives)],
        resources={"warehouse": WarehouseResource(home=str(media.home.root))},
        raise_on_error=raise_on_error,
        selection=selection,
        instance=instance,
    )


def requested(media: SyntheticHome) -> list[dg.AssetKey]:
    request = publication_request(media.home, media.store)
    return list(request.asset_selection or ()) if request else []


def metadata(result: dg.ExecuteInProcessResult, model: str) -> dict[str, object]:
    (event,) = [
        found
        for found in result.asset_materializations_for_node("published_tables")
        if found.asset_key == dg.AssetKey(["sql", model])
    ]
    return {name: value.value for name, value in event.metadata.items()}


def closing(result: dg.ExecuteInProcessResult) -> object:
    return metadata(result, "batches").get("closing_lines")


def test_every_model_is_an_asset_with_its_sql_and_purpose() -> None:
    specs = {spec.key.path[-1]: spec for spec in ASSETS.specs}

    assert specs.keys() == load_models().keys()
    assert specs["images"].description.startswith("The images: what each is")
    assert "```sql" in specs["images"].metadata["sql"].value
    assert {spec.group_name for spec in specs.values()} == {"sql_staging", "sql_marts"}


def test_all_derivatives_are_upstream_of_the_tables() -> None:
    deps = {dep.asset_key for spec in ASSETS.specs for dep in spec.deps}

    assert set(DERIVATIVES) <= deps
    assert {spec.key for spec in ingest_tables([*INGESTED, *CURATED])} <= deps


def test_the_tables_are_published_with_counts_columns_and_lineage(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg", "b.jpg"))

    found = metadata(materialize(media), "images")

    assert found["dagster/row_count"] == 2
    schema, lineage = found["dagster/column_schema"], found["dagster/column_lineage"]
    assert isinstance(schema, dg.TableSchema)
    assert isinstance(lineage, dg.TableColumnLineage)
    assert {"image_id", "outcome", "batch"} <= {column.name for column in schema.columns}
    assert lineage.deps_by_column["camera_make"] == [
        dg.TableColumnDep(dg.AssetKey(["sql", "stg_image__embedded_metadata"]), "camera_make")
    ]
    assert media.home.warehouse.exists()
    assert media.home.live.exists()


def test_a_union_of_derivatives_has_all_of_them_in_its_lineage(media: SyntheticHome) -> None:
    found = metadata(materialize(media), "stg_media__artifacts")["dagster/column_lineage"]

    assert isinstance(found, dg.TableColumnLineage)
    assert {dep.asset_key for dep in found.deps_by_column["outcome"]} == set(DERIVATIVES)
    assert found.deps_by_column["asset"] == []
    assert found.deps_by_column["children"] == []


def test_the_id_of_a_source_comes_from_the_id_column_of_its_medium(media: SyntheticHome) -> None:
    media.declare_medium("note")
    keys = [*DERIVATIVES, dg.AssetKey(["note", "pages"])]

    found = metadata(materialize(media, keys), "stg_media__artifacts")["dagster/column_lineage"]

    assert isinstance(found, dg.TableColumnLineage)
    assert set(found.deps_by_column["source_id"]) == {
        *(dg.TableColumnDep(key, "image_id") for key in DERIVATIVES),
        dg.TableColumnDep(keys[-1], "note_id"),
    }
    assert found.deps_by_column["children"] == [dg.TableColumnDep(keys[-1], "children")]


def test_each_finished_batch_is_announced_once(
    media: SyntheticHome, capfd: pytest.CaptureFixture[str]
) -> None:
    line = "All 2 images are ready: 2 ok."
    media.finish(media.land("b1", "a.jpg", "b.jpg"))
    media.land("b2", "c.jpg")
    assert closing(materialize(media)) == {"b1": line}
    assert f" - b1: {line}\n" in capfd.readouterr().err

    assert closing(materialize(media)) is None

    media.finish(media.land("b3", "d.jpg"))
    assert closing(materialize(media)) == {"b3": "The 1 image is ready: 1 ok."}


def test_a_batch_name_cannot_forge_a_log_line(
    media: SyntheticHome, capfd: pytest.CaptureFixture[str]
) -> None:
    media.finish(media.land("b1\nERROR all is lost", "a.jpg"))
    found = closing(materialize(media))

    assert found == {"b1\\u000aERROR all is lost": "The 1 image is ready: 1 ok."}
    assert "\nERROR all is lost" not in capfd.readouterr().err


def test_a_failed_blocking_check_publishes_nothing_and_is_shown(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    materialize(media)
    before = media.home.warehouse.read_bytes()
    (image_id,) = media.land("b2", "b.jpg")
    media.result("viewing_copy", image_id, "no such outcome")

    result = materialize(media, raise_on_error=False)

    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert not result.success
    assert "accepted_values_outcome" in {check.check_name for check in failed}
    assert media.home.warehouse.read_bytes() == before


def test_a_failed_warning_is_shown_and_the_tables_are_published(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    media.result("viewing_copy", "never-accepted", "skipped", None)

    result = materialize(media)

    failed = {
        check.check_name: check.metadata["failing_rows"].value
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }
    assert result.success
    assert failed.keys() == {"relationships_source_id", "assert_every_refusal_has_a_reason"}


def test_a_requested_run_reports_only_the_tables_in_which_rows_change(
    media: SyntheticHome,
) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    first = requested(media)
    materialize(media, selection=first)
    idle = requested(media)
    media.result("viewing_copy", image_id)
    later = requested(media)
    result = materialize(media, selection=later)

    assert {key.path[-1] for key in first} == load_models().keys()
    assert idle == []
    names = {key.path[-1] for key in later}
    assert {"images", "artifacts", "batches"} <= names
    assert not {"clusters", "curation_log", "stg_media__artifacts"} & names
    reported = result.asset_materializations_for_node("published_tables")
    assert {event.asset_key for event in reported} == set(later)
    assert requested(media) == []


def test_rows_that_no_model_reads_are_published_too(media: SyntheticHome) -> None:
    materialize(media)
    media.store.declare(SERVING_SPACE)
    materialize(media)
    row = {"kind": "embedding", "space": "s", "chosen_by": "anna", "chosen_at": media.now()}
    media.append("curation/serving_space", [row])

    assert requested(media) == [dg.AssetKey(["sql", "batches"])]
    materialize(media, selection=requested(media))
    assert requested(media) == []


def test_a_check_that_changes_is_reported_also_when_its_table_is_not(media: SyntheticHome) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["sql", "stg_media__artifacts"]), "relationships_source_id")
    media.finish(media.land("b1", "a.jpg"))
    with dg.DagsterInstance.ephemeral() as instance:
        materialize(media, instance=instance)
        media.result("viewing_copy", "never-accepted")
        materialize(media, selection=requested(media), instance=instance)
        (found,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)

    assert found.event is not None
    assert found.event.dagster_event is not None
    assert not found.event.dagster_event.asset_check_evaluation_data.passed


def test_a_damaged_file_is_replaced_and_batches_are_announced_again(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    materialize(media)
    media.home.warehouse.write_bytes(b"this is no database")

    result = materialize(media)

    assert closing(result) == {"b1": "The 1 image is ready: 1 ok."}
    assert metadata(result, "images")["is_full_rebuild"] is True


def test_publications_use_no_pool_of_dagster() -> None:
    """A killed run keeps its place in a pool: without a daemon the next one would wait forever."""
    assert ASSETS.op.pool is None
