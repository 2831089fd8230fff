"""What happens around a model: when it is opened, and what its troubles mean for each image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media_assets.execution.model_runner import ModelRunner
from media_assets.execution.recipe import Recipe, Terms
from resources.decoding.decoder_pool import Task
from resources.decoding.decoding_context import note
from resources.failure_classes import FailureClass
from resources.models.failures import ModelUnavailable, OutOfMemory
from resources.models.model_choice import ModelChoice
from resources.outcomes import Outcome, RejectedImage
from resources.sources.originals import Source


@dataclass(frozen=True)
class Name:
    """The payload of these tests."""

    text: str


@dataclass
class Reader:
    """A model that reads file names, at most ``capacity`` at a time."""

    capacity: int = 100
    calls: list[int] = field(default_factory=list)


def make_test_model_runner(images: Sequence[Source], *, model: Reader) -> Sequence[object]:
    model.calls.append(len(images))
    if len(images) > model.capacity:
        raise OutOfMemory("the device is full")
    return [read(image) for image in images]


def read(image: Source) -> Name | RejectedImage:
    if image.source_id == "hopeless":
        return RejectedImage("nothing can be seen")
    if image.source_id == "poison":
        raise RuntimeError("the kernel crashed")
    if image.source_id == "dim":
        note("it is rather dark")
    return Name(image.file_name)


def tasks_of(*image_ids: str) -> list[Task]:
    images = (Source(name, "0" * 64, f"{name}.jpg", b"", Path("home")) for name in image_ids)
    return [Task(make_test_model_runner, image, {}) for image in images]


def runner_of(load: Callable[[], Reader], images_per_call: int = 4) -> ModelRunner:
    choice = ModelChoice("reader", "1", {}, load, "there is one", images_per_call)
    recipe = Recipe(make_test_model_runner, "1", lambda: Terms(None, {}))  # type: ignore[arg-type]
    return ModelRunner(recipe, choice)


def outcomes_of(runner: ModelRunner, *image_ids: str) -> list[tuple[str, str]]:
    attempts = runner.run(tasks_of(*image_ids))
    return [(task.source.source_id, attempt.outcome.value) for task, attempt in attempts]


def test_a_model_that_no_image_needs_is_never_opened() -> None:
    def load() -> Reader:
        raise AssertionError("it was opened")

    assert outcomes_of(runner_of(load)) == []


def test_a_model_is_opened_once_and_given_full_batches() -> None:
    opened: list[Reader] = []

    def load() -> Reader:
        opened.append(Reader())
        return opened[-1]

    runner = runner_of(load)
    assert outcomes_of(runner, *"abcdef") == [(name, "ok") for name in "abcdef"]
    assert outcomes_of(runner, "g") == [("g", "ok")]
    assert [reader.calls for reader in opened] == [[4, 2, 1]]


def test_one_bad_image_harms_only_itself() -> None:
    found = dict(outcomes_of(runner_of(Reader), "a", "poison", "hopeless", "b"))
    assert found == {"a": "ok", "poison": "failed", "hopeless": "rejected", "b": "ok"}
    ((_, poison),) = runner_of(Reader).run(tasks_of("poison"))
    assert poison.failure_class is FailureClass.UNKNOWN


def test_out_of_memory_halves_the_batch_for_the_rest_of_the_run() -> None:
    """It must never be stored as an empty result."""
    model = Reader(capacity=2)
    assert {outcome for _, outcome in outcomes_of(runner_of(lambda: model), *"abcdefgh")} == {"ok"}
    assert model.calls == [4, 2, 2, 2, 2]


def test_an_image_for_which_alone_memory_does_not_suffice_has_failed() -> None:
    ((_, attempt),) = runner_of(lambda: Reader(capacity=0)).run(tasks_of("a"))
    assert attempt.outcome is Outcome.FAILED
    assert attempt.reason == "out of memory with a single source: the device is full"
    assert attempt.failure_class is FailureClass.OUT_OF_MEMORY


def test_without_its_model_every_image_fails_with_the_reason() -> None:
    def load() -> Reader:
        raise ModelUnavailable("/models/reader is gone: put it back, or change reader.model")

    attempts = [attempt for _, attempt in runner_of(load).run(tasks_of("a", "b"))]
    assert {attempt.outcome for attempt in attempts} == {Outcome.FAILED}
    assert all("change reader.model" in str(attempt.reason) for attempt in attempts)


def test_what_the_engine_warns_of_makes_the_result_degraded() -> None:
    ((_, attempt),) = runner_of(Reader).run(tasks_of("dim"))
    assert (attempt.outcome, attempt.warnings) == (Outcome.DEGRADED, ("it is rather dark",))
    assert attempt.value == Name("dim.jpg")
