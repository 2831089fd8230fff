"""Text recognition, caption and description beside bare loops over their engines, loading included.

``python -m benchmarks.recognition [PICTURES]``; 200 pages of text without an argument. Each side is
a fresh process that has imported our program and nothing of the engine: opening the model, warming
up, and all pictures count. The bare loop reads the same renditions and asks the same questions with
the same grammar, as RapidOCR's and llama-cpp-python's own documents call them. The language model
is the tiny one of the tests, which answers in a tenth of a second: overhead shows as it would with
no real model. Ours also plans, looks for text before it reads, checks answers and commits rows.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bars import check, note
from benchmarks.embedding import asset_on, model_inputs
from benchmarks.media_command import add_folder
from benchmarks.processes import cost_of_command, cost_of_work
from benchmarks.text_pages import LINES, lines_page, text_page
from command_line.queries.tables import prepare
from media_assets.execution.derivative_rows import payload_of_row
from media_assets.images import caption, description
from media_assets.images.ocr_text import pixels_of
from resources.configuration.settings import Settings
from resources.language.json_grammar import answer_grammar
from resources.language.language_model import ATTEMPTS
from resources.language.llama_model import message_parts
from resources.language.model_questions import Evidence, Question
from resources.language.picture_facts import PictureFacts
from resources.rows.row_store import RowStore

PICTURES = 200
BAR = 1.15
"""Times the bare loop's CPU-seconds."""

ASSETS = ("ocr_text", "description", "caption")
"""In this order: a description is made from the caption that is there before."""

TINY = Path(__file__).parents[1] / "tests" / "models" / "tiny_language_model"
LANGUAGE = {
    "LANGUAGE_MODEL__MODEL": str(TINY / "text.gguf"),
    "LANGUAGE_MODEL__PROJECTOR": str(TINY / "projector.gguf"),
    "LANGUAGE_MODEL__CAPTION_PROMPT": str(TINY / "caption.md"),
    "LANGUAGE_MODEL__THREADS": "1",
    "OCR__THREADS": "1",
}
WITHOUT_MODELS = {"OCR__ENGINE": "none", "LANGUAGE_MODEL__ENGINE": "builtin"}


def make_pages(folder: Path, count: int) -> None:
    """``count`` pages with a few lines of text, no two alike."""
    folder.mkdir()
    for number in range(count):
        lines = [f"Page {number}", LINES[number % len(LINES)], LINES[number // 8 % len(LINES)]]
        page = text_page("page", lines_page(lines, 24 + number % 9), "")
        (folder / f"page-{number:04d}.jpg").write_bytes(page.jpeg)


def questions(store: RowStore, home: Path, asset: str) -> Iterator[Question[Any]]:
    """What the product would ask about each picture."""
    settings = Settings()
    wanted = caption.ASSIGNMENT if asset == "caption" else description.ASSIGNMENT
    prompt = settings.language_model.caption_prompt if asset == "caption" else None
    instructions = (prompt or wanted.prompt).read_text().strip()
    facts = {row["image_id"]: row for row in rows_of(store, "picture_facts")}
    said = {row["image_id"]: row["caption"] for row in rows_of(store, "caption")}
    for image_id, picture in sorted(model_inputs(store, home).items()):
        known = payload_of_row(PictureFacts, facts[image_id])
        if not isinstance(known, PictureFacts):
            raise TypeError(f"no facts about {image_id}")
        sentence = said[image_id] if asset == "description" else None
        evidence = Evidence(known.as_data(), sentence)
        yield Question(instructions, evidence, picture, wanted.answer)


def rows_of(store: RowStore, asset: str) -> list[dict[str, Any]]:
    """All rows of an asset."""
    return list(store.scan(f"image/{asset}").collect().iter_rows(named=True))


def bare_writing(asked: Sequence[Question[Any]]) -> None:
    """Open the model as llama-cpp-python's documents do, and ask it one question after another."""
    from llama_cpp import Llama
    from llama_cpp.llama_chat_format import MTMDChatHandler
    from llama_cpp.llama_grammar import LlamaGrammar

    options = Settings().language_model
    llama = Llama(
        str(options.model),
        chat_handler=MTMDChatHandler(clip_model_path=str(options.projector), verbose=False),
        n_ctx=options.context_tokens,
        n_threads=1,
        n_threads_batch=1,
        verbose=False,
    )
    grammar = LlamaGrammar.from_string(answer_grammar(asked[0].answer, ATTEMPTS[0]), verbose=False)
    for question in asked:
        message: Any = {"role": "user", "content": message_parts(question)}
        llama.create_chat_completion(
            messages=[message],
            grammar=grammar,
            max_tokens=options.max_tokens,
            temperature=0,
            repeat_penalty=1.0,
        )
    llama.close()


def bare_reading(pictures: Sequence[bytes]) -> None:
    """Open RapidOCR as its documents do, and give it one picture after another."""
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    for picture in pictures:
        engine(pixels_of(picture)[:, :, ::-1])


def work_of(side: str, asset: str) -> Callable[[], object]:
    """What one side does in its process, with all it needs to know read already."""
    settings = Settings()
    store = prepare(settings.media_home)
    if side == "ours":
        ours = asset_on(settings, asset)
        ids = sorted(model_inputs(store, settings.home))
        return lambda: ours(ids)
    if asset == "ocr_text":
        pictures = list(model_inputs(store, settings.home, "viewing_copy").values())
        return lambda: bare_reading(pictures)
    asked = list(questions(store, settings.home, asset))
    return lambda: bare_writing(asked)


def cpu_seconds(side: str, asset: str, home: Path) -> float:
    """CPU-seconds of one side in a process of its own."""
    settings = {f"MEDIA_{name}": value for name, value in LANGUAGE.items()}
    settings["MEDIA_HOME"] = str(home)
    command = [sys.executable, "-m", "benchmarks.recognition", side, asset]
    lines = cost_of_command(command, environment=settings).output.splitlines()
    return float(json.loads(lines[-1]))


def main(count: int = PICTURES) -> bool:
    """Print the cost per picture of both sides; return whether all bars are met."""
    met = []
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch, "home")
        make_pages(Path(scratch, "pages"), count)
        add_folder(Path(scratch, "pages"), home, **WITHOUT_MODELS)
        print(f"Recognition in {count} pages of text, CPU-ms per picture, loading included")
        for asset in ASSETS:
            bare, ours = (cpu_seconds(side, asset, home) for side in ("bare", "ours"))
            note(f"{asset}, bare loop", bare * 1000 / count, "ms")
            note(f"{asset}, ours, rows committed", ours * 1000 / count, "ms")
            met.append(check(f"{asset}, times the bare loop", ours / bare, BAR))
    return all(met)


if __name__ == "__main__":
    if len(sys.argv) == 3:  # a side and an asset: one of the processes above
        print(cost_of_work(work_of(*sys.argv[1:])).cpu_seconds)
    else:
        sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
