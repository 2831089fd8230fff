"""The landing sensor against a real Dagster instance: partitions, ranged runs, confirmation."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from media_assets.execution.stages import recognition_request
from media_assets.images.medium import images
from resources.configuration.settings import Settings
from resources.landing.priorities import set_priority
from resources.rows.row_store import RowStore
from sensors.landing_folders import landing_folders

SETTLE_SECONDS = 0.02


@dg.asset(partitions_def=images.partitions)
def touched(context: dg.AssetExecutionContext) -> None:
    """Logs which images one run got."""
    context.log_event(
        dg.AssetObservation("touched", metadata={"keys": ",".join(context.partition_keys)})
    )


process_images = dg.define_asset_job("process_images", selection=[touched])
defs = dg.Definitions(assets=[touched], jobs=[process_images])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default landing folder of a fresh MEDIA_HOME."""
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MEDIA_SETTLE_SECONDS", str(SETTLE_SECONDS))
    monkeypatch.setenv("MEDIA_BATCH_SIZE", "2")
    home = Settings().media_home
    home.create()
    return home.landing


def tick(instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    """One tick; its partition requests are carried out as the daemon does, before the runs."""
    result = landing_folders(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    if isinstance(result, dg.SensorResult):
        for request in result.dynamic_partitions_requests or []:
            instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return result


def settled_tick(instance: dg.DagsterInstance) -> dg.SensorResult:
    """The tick that finds settled files: the first one, unless the machine is very busy."""
    for _ in range(20):
        result = tick(instance)
        if isinstance(result, dg.SensorResult):
            return result
    raise AssertionError("the files never settled")


def keys(instance: dg.DagsterInstance) -> list[str]:
    return list(instance.get_dynamic_partitions("source_images"))


def launch(instance: dg.DagsterInstance, request: dg.RunRequest) -> list[str]:
    """Carry a request out as the daemon does; return the images that the run got."""
    assert request.run_key
    done = defs.resolve_job_def("process_images").execute_in_process(
        instance=instance, tags={**request.tags, "dagster/run_key": request.run_key}
    )
    (observed,) = done.asset_observations_for_node("touched")
    return str(observed.metadata["keys"].value).split(",")


def test_new_images_become_partitions_and_ranged_runs_in_one_tick(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    for number in range(3):
        (landing / f"{number}.jpg").write_bytes(b"%d" % number)

    result = settled_tick(instance)

    requests = result.run_requests or []
    added = keys(instance)
    assert len(result.dynamic_partitions_requests or []) == 1
    assert [key.partition("-")[0] for key in added] == ["0", "1", "2"]
    assert [launch(instance, request) for request in requests] == [added[:2], added[2:]]
    assert {request.tags["media/batch"][:8] for request in requests} == {"landing-"}
    assert {request.tags["media/root"] for request in requests} == {"landing"}
    assert all("dagster/defer_asset_events" not in request.tags for request in requests)


def test_a_chunk_is_offered_until_its_run_exists_and_never_after(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    """The daemon may be killed between the tick and the runs."""
    for number in range(3):
        (landing / f"{number}.jpg").write_bytes(b"%d" % number)
    first = settled_tick(instance).run_requests or []

    again = tick(instance)
    assert isinstance(again, dg.SensorResult)
    assert again.run_requests == first
    assert again.dynamic_partitions_requests == []

    launch(instance, first[0])
    later = tick(instance)
    assert isinstance(later, dg.SensorResult)
    assert later.run_requests == first[1:]

    launch(instance, first[1])
    done = tick(instance)
    assert isinstance(done, dg.SkipReason)
    assert done.skip_message == "0 files: nothing new"


def test_an_instant_batch_overtakes_one_that_came_before_it(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    """Though the smaller one is read first otherwise."""
    for batch, count in {"archive": 1, "front": 3}.items():
        (landing / batch).mkdir()
        for number in range(count):
            (landing / batch / f"{batch}{number}.jpg").write_bytes(f"{batch} {number}".encode())
    set_priority(RowStore(Settings().media_home.rows), "landing", "front", "instant")

    requests = settled_tick(instance).run_requests or []

    assert [request.tags["media/batch"] for request in requests] == ["front", "front", "archive"]
    assert [request.tags.get("dagster/priority") for request in requests] == ["10", "10", None]
    assert [key.partition("-")[0][:5] for key in keys(instance)] == ["front"] * 3 + ["archi"]
    recognition = recognition_request(images, "run", requests[0].tags)
    assert recognition is not None
    assert recognition.tags["dagster/priority"] == "10"


def test_keys_that_came_between_those_of_a_chunk_stay_out_of_its_verdict(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    for number in range(2):
        (landing / f"{number}.jpg").write_bytes(b"%d" % number)
    (request,) = settled_tick(instance).run_requests or []
    first, last = keys(instance)
    instance.delete_dynamic_partition("source_images", first)
    instance.add_dynamic_partitions("source_images", ["stranger"])

    result = tick(instance)

    assert isinstance(result, dg.SensorResult)
    (again,) = result.run_requests or []
    assert again.run_key == request.run_key
    assert again.tags["dagster/defer_asset_events"] == "true"
    assert keys(instance) == [last, "stranger", first]
    assert launch(instance, again) == [last, "stranger", first]


def test_a_new_root_is_watched_without_a_restart(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    tick(instance)
    archive = landing.parent.parent / "archive"
    archive.mkdir()
    (archive / "a.jpg").write_bytes(b"a")
    settings = landing.parent / "settings.toml"
    settings.write_text(
        f'[[landing_roots]]\nname = "archive"\npath = "{archive}"\nmode = "reference"\n'
    )

    result = settled_tick(instance)

    assert [request.tags["media/batch"][:8] for request in result.run_requests or []] == [
        "archive-"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("settle_seconds = [", "The settings cannot be read"),
        ("unheard_of = 1", "The settings cannot be read"),
        ('[[landing_roots]]\nname = "x"\npath = "/"', "overlaps"),
    ],
    ids=["broken", "unknown", "overlapping"],
)
def test_settings_that_cannot_be_used_skip_the_tick_with_the_reason(
    landing: Path, instance: dg.DagsterInstance, text: str, told: str
) -> None:
    (landing.parent / "settings.toml").write_text(text)

    result = tick(instance)

    assert isinstance(result, dg.SkipReason)
    assert told in str(result.skip_message)


def test_a_damaged_ledger_costs_one_tick_at_most(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    (landing / "a.jpg").write_bytes(b"a")
    expected = settled_tick(instance).run_requests
    ledger = landing.parent / "landing.sqlite"
    content = bytearray(ledger.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    ledger.write_bytes(content)

    tick(instance)
    result = tick(instance)

    assert isinstance(result, dg.SensorResult)
    assert result.run_requests == expected


def test_the_sensor_runs_by_itself_and_looks_often() -> None:
    assert landing_folders.default_status is dg.DefaultSensorStatus.RUNNING
    assert landing_folders.minimum_interval_seconds == 2
    assert landing_folders.job_name == "process_images"
