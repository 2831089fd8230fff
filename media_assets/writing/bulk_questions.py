"""What a bulk job asks: the very questions that a run would ask a server, picture by picture.

The derivative's own function is called with a writer that only takes notes, so that the questions
are the same to the byte. No asset of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from media_assets.execution.batched_execution import chunks
from media_assets.execution.derivative_rows import table_schema
from media_assets.execution.image_asset import recipes
from media_assets.execution.image_plans import plan_image, read_known
from media_assets.execution.model_runner import ModelRunner
from resources.configuration.media_home import MediaHome
from resources.language.bulk_answers import BulkFirstModel, bulk_request
from resources.language.bulk_jobs import BulkQuestion
from resources.language.model_questions import Question
from resources.language.picture_writer import ModelWriter, NotWritten, Sitter
from resources.models.failures import ModelUnavailable
from resources.models.model_choice import ModelChoice
from resources.outcomes import ImageProblem
from resources.rows.row_store import RowStore

IMAGES_PER_CALL = 100


class NoServer(ModelUnavailable):
    """Bulk jobs go to a server, and the settings choose another engine."""


@dataclass
class NoteTaker:
    """A writer that notes what it would ask, and writes nothing."""

    writer: ModelWriter[Any]
    model: BulkFirstModel
    noted: list[BulkQuestion] = field(default_factory=list)

    def write(self, sitters: Sequence[Sitter]) -> Sequence[ImageProblem]:
        """Note each picture's question."""
        for sitter in sitters:
            question = Question(
                self.writer.instructions, sitter.evidence, sitter.read(), self.writer.answer
            )
            request = bulk_request(question, self.model.options)
            self.noted.append(BulkQuestion(sitter.image_id, request))
        return [NotWritten("noted for a bulk job")] * len(sitters)


def questions_about(
    asset: str, image_ids: Sequence[str], home: MediaHome, store: RowStore
) -> Iterator[BulkQuestion]:
    """A question for each of these images that has no fresh row and no job at work on it.

    Raises NoServer when the settings choose no server.
    """
    recipe = recipes[asset]
    today = recipe.today()
    taker = note_taker(today.terms.model)
    store.declare(recipe.table, table_schema(recipe.payload_type))
    choice = replace(taker_choice(today.terms.model, taker), images_per_call=IMAGES_PER_CALL)
    for keys in chunks(image_ids):
        known = read_known(today, store, keys)
        plans = [plan_image(today, home, known, key, force=False) for key in keys]
        taker.noted.clear()
        for _ in ModelRunner(recipe, choice).run([plan.task for plan in plans if plan.task]):
            continue
        busy = taker.model.known.waiting([one.digest for one in taker.noted])
        yield from [one for one in taker.noted if one.digest not in busy]


def note_taker(choice: ModelChoice[Any] | None) -> NoteTaker:
    """A note taker for the writer that is chosen. Raises NoServer."""
    writer = choice.load() if choice and choice.engine == "endpoint" else None
    if not isinstance(writer, ModelWriter) or not isinstance(writer.model, BulkFirstModel):
        raise NoServer(
            "bulk jobs go to a server: set language_model.endpoint_url, and language_model.engine "
            "to endpoint where a model file is set too"
        )
    return NoteTaker(writer, writer.model)


def taker_choice(choice: ModelChoice[Any] | None, taker: NoteTaker) -> ModelChoice[Any]:
    """The choice with the note taker in place of the writer."""
    if choice is None:
        raise NoServer("the derivative is made without a model")
    return replace(choice, load=lambda: taker)
