"""What a bulk job asks: the very questions that a run would ask a server, picture by picture.

The derivative's own function is called with a writer that only collects them, so that the questions
are the same to the byte. No asset of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from media_assets.execution.batched_execution import slices
from media_assets.execution.derivative_rows import table_of
from media_assets.execution.model_runner import ModelRunner
from media_assets.execution.plans import Mode, Order, SourceRows, plan_source, read_known
from media_assets.execution.recipe import Recipe
from resources.configuration.media_home import MediaHome
from resources.language.asked_pictures import asked_now
from resources.language.bulk_answers import BulkFirstModel, bulk_request
from resources.language.bulk_jobs import BulkQuestion
from resources.language.model_questions import Question
from resources.language.picture_writer import ModelWriter, NotWritten, PictureRequest
from resources.models.failures import ModelUnavailable
from resources.models.model_choice import ModelChoice
from resources.outcomes import ImageProblem
from resources.rows.row_store import RowStore

IMAGES_PER_CALL = 100


class NoServer(ModelUnavailable):
    """Bulk jobs go to a server, and the settings choose another engine."""


@dataclass
class QuestionCollector:
    """A writer that notes what it would ask, and writes nothing."""

    writer: ModelWriter[Any]
    model: BulkFirstModel
    noted: list[BulkQuestion] = field(default_factory=list)

    def write(self, requests: Sequence[PictureRequest]) -> Sequence[ImageProblem]:
        """Note each picture's question."""
        for one in requests:
            question = Question(
                self.writer.instructions, one.evidence, one.read(), self.writer.answer
            )
            request = bulk_request(question, self.model.options)
            self.noted.append(BulkQuestion(one.image_id, request))
        return [NotWritten("noted for a bulk job")] * len(requests)


def questions_about(
    recipe: Recipe, image_ids: Sequence[str], home: MediaHome, store: RowStore
) -> Iterator[BulkQuestion]:
    """A question for each of these images that has no fresh row and about which nobody asks now.

    Neither a bulk job nor a run, see ``asked_pictures``; call it in one's turn. Images whose own
    inputs are still to be made are left out: their questions will be others. Raises NoServer when
    the settings choose no server.
    """
    today = recipe.today()
    order = Order(today, Mode.UPDATE)
    collector = question_collector(today.terms.model)
    store.declare(table_of(recipe))
    choice = replace(
        collecting_choice(today.terms.model, collector), images_per_call=IMAGES_PER_CALL
    )
    for keys in slices(image_ids):
        known = read_known([today], store, keys)
        busy = asked_now(home, recipe.name)
        for name in (recipe.name, *recipe.inputs):
            busy |= collector.model.known.images_under_way(name, keys)
        ready = [key for key in keys if key not in busy and has_inputs(recipe, known[key])]
        plans = [plan_source(order, home, known[key], key) for key in ready]
        collector.noted.clear()
        for _ in ModelRunner(recipe, choice).run(
            [plan.to_make() for plan in plans if plan.to_make]
        ):
            continue
        yield from list(collector.noted)


def has_inputs(recipe: Recipe, rows: SourceRows) -> bool:
    """Whether every input was tried already, the optional ones, too."""
    return all(recipe.input_table(name) in rows for name in recipe.inputs)


def question_collector(choice: ModelChoice[Any] | None) -> QuestionCollector:
    """A note collector for the writer that is chosen. Raises NoServer."""
    writer = choice.load() if choice and choice.engine == "endpoint" else None
    if not isinstance(writer, ModelWriter) or not isinstance(writer.model, BulkFirstModel):
        raise NoServer(
            "bulk jobs go to a server: set language_model.endpoint_url, and language_model.engine "
            "to endpoint where a model file is set too"
        )
    return QuestionCollector(writer, writer.model)


def collecting_choice(
    choice: ModelChoice[Any] | None, collector: QuestionCollector
) -> ModelChoice[Any]:
    """The choice with the note collector in place of the writer."""
    if choice is None:
        raise NoServer("the derivative is made without a model")
    return replace(choice, load=lambda: collector)
