"""``media bulk``: many pictures described in one job of a server, for a fraction of the price."""

from collections.abc import Sequence

from command_line.commands.repair import launch_requests
from command_line.queries.selection import select_images
from command_line.queries.tables import Tables
from command_line.terminal.console import CommandError, out, show_json
from media_assets.media import image_recipes
from media_assets.writing.bulk_questions import questions_about
from resources.configuration.settings import Settings
from resources.language.asked_pictures import turn
from resources.language.bulk_answers import BulkAnswers, BulkJob, JobState
from resources.language.bulk_jobs import BulkServer, UnusableReply
from resources.language.endpoint_client import (
    Endpoint,
    EndpointClient,
    EndpointRefused,
    EndpointUnavailable,
    ReplyTooLarge,
)
from resources.models.failures import ModelUnavailable
from resources.rows.row_store import RowStore
from resources.sources.selected import Selected

BULK_ERRORS = (EndpointRefused, EndpointUnavailable, ReplyTooLarge, UnusableReply, ModelUnavailable)

KINDS = ("caption", "description")

EVERY_IMAGE = "select image_id from images order by landed_at, image_id"


def send_questions(selections: Sequence[str], asset: str, *, as_json: bool) -> None:
    """Send what is missing or stale. Raises CommandError when the server refuses or is away."""
    if asset not in KINDS:
        raise CommandError(f"no bulk jobs for {asset}", hint=f"they make: {', '.join(KINDS)}")
    settings = Settings()
    client_of(settings).close()  # no server: say so before anything else
    tables = Tables.open()
    chosen = select_images(tables, selections) if selections else every_image(tables)
    store = RowStore(settings.media_home.rows)
    try:
        jobs = send_all(settings, asset, chosen, store)
    except BULK_ERRORS as error:
        raise CommandError(str(error), hint="nothing is lost; send again") from error
    show_jobs(jobs, as_json=as_json)


def every_image(tables: Tables) -> list[str]:
    """The ids of all images, in landing order."""
    return [str(row[0]) for row in tables.rows(EVERY_IMAGE)]


def send_all(
    settings: Settings, asset: str, image_ids: Sequence[str], store: RowStore
) -> list[BulkJob]:
    """Send the questions that nobody asks yet; no job when there is none."""
    client = client_of(settings)
    try:
        server = server_of(settings, client)
        with turn(settings.media_home):
            recipe = image_recipes()[asset]
            questions = list(questions_about(recipe, image_ids, settings.media_home, store))
            prepared = server.prepare(asset, questions)
        return server.send_prepared(prepared)
    finally:
        client.close()


def collect_answers(*, as_json: bool) -> None:
    """Fetch answers and write them into rows. Raises CommandError when the server is away."""
    settings = Settings()
    client = client_of(settings)
    try:
        jobs = server_of(settings, client).collect()
    except BULK_ERRORS as error:
        raise CommandError(str(error), hint="nothing is lost; collect again") from error
    finally:
        client.close()
    run_collected(settings, jobs)
    show_jobs(jobs, as_json=as_json)


def run_collected(settings: Settings, jobs: list[BulkJob]) -> None:
    """Have runs take up the answers: rows, events and what is made from them as always.

    Other texts are left for a job of their own: a run would ask for them one by one, at full price.
    """
    known = BulkAnswers(RowStore(settings.media_home.rows))
    for job in jobs:
        if job.state == JobState.COLLECTED:
            images = [Selected("image", image_id) for image_id in known.images_of(job.job)]
            others = [kind for kind in KINDS if kind != job.asset]
            launch_requests(images, assets={"image": [job.asset]}, leave_out=others)


def client_of(settings: Settings) -> EndpointClient:
    """A client of the server in the settings. Raises CommandError when there is none."""
    language = settings.language_model
    if language.endpoint_url is None:
        raise CommandError(
            "bulk jobs go to a server, and none is set", hint="set language_model.endpoint_url"
        )
    rate_file = settings.media_home.locks / "language_endpoint.sqlite"
    return EndpointClient(
        Endpoint(
            str(language.endpoint_url),
            language.endpoint_key,
            language.requests_per_minute,
            rate_file,
        )
    )


def server_of(settings: Settings, client: EndpointClient) -> BulkServer:
    """The server's bulk jobs, with what is known of them."""
    known = BulkAnswers(RowStore(settings.media_home.rows))
    return BulkServer(client, str(settings.language_model.endpoint_url), known)


def show_jobs(jobs: list[BulkJob], *, as_json: bool) -> None:
    """One line a job."""
    if as_json:
        show_json([{**vars(job), "state": job.state.value} for job in jobs])
        return
    if not jobs:
        out.print("Nothing to do.")
    for job in jobs:
        said = f" ({job.reason})" if job.reason else ""
        answers = f", {job.answers} answered" if job.state == JobState.COLLECTED else ""
        out.print(f"{job.asset}: {job.questions} picture(s) {job.state.value}{answers}{said}")
