"""Text recognition against tesseract, character by character, and what the gate saves.

Both get the same JPEGs. Tesseract is called as people call it: the picture as it is, with its own
detection of the page's direction (``--psm 1``). Character error rate: edits (Levenshtein) between
text and truth, white space counted as one space, per character of the truth. Seconds are of the
processor, tesseract's children included, one thread each; models are open already.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from benchmarks.photographs import draw
from benchmarks.text_pages import TextPage, drawn_pages, lines_page, pages_of, text_page
from media_assets.images.ocr_text import pixels_of
from resources.configuration.ocr_settings import OcrSettings
from resources.configuration.settings import Settings
from resources.ocr.page_text import Page
from resources.ocr.tesseract_engine import language_data
from resources.ocr.text_recognizer import TextRecognizer, choose_text_recognizer
from samples.landscapes import dunes, mountain_lake, night_sky
from samples.pictures import picture_of


@dataclass(frozen=True)
class Reading:
    """What one engine made of one page."""

    errors: int
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """Both engines on one page of ``length`` characters."""

    name: str
    length: int
    ours: Reading
    tesseract: Reading
    note: str = ""


def main(pages: Path | None = None) -> None:
    """Print error rates per page and in total, and the gate's saving."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), ocr=OcrSettings(threads=1))
        recognizer = choose_text_recognizer(settings).load()
        found = chain(pages_of(pages) if pages else (), drawn_pages())
        report([compared(recognizer, page) for page in found])
        report_gate(recognizer)


def compared(recognizer: TextRecognizer, page: TextPage) -> Comparison:
    """Read one page with both."""
    has_data = page.language in language_data()
    language = page.language if has_data else "eng"
    note = "" if has_data else f"tesseract without its data for {page.language}"
    return Comparison(
        page.name,
        len(spaced(page.text)),
        measured(lambda: our_text(recognizer, page), page.text),
        measured(lambda: tesseract_text(page, language), page.text),
        note,
    )


def measured(read: Callable[[], str], truth: str) -> Reading:
    """The errors of a reading, and the processor time that it took."""
    before = processor_seconds()
    text = read()
    seconds = processor_seconds() - before
    return Reading(Levenshtein.distance(spaced(text), spaced(truth)), seconds)


def our_text(recognizer: TextRecognizer, page: TextPage) -> str:
    """The text as the asset finds it, gate included."""
    found = recognizer.recognize(pixels_of(page.jpeg), is_text_expected=False)
    return text_of(found.page)


def text_of(page: Page) -> str:
    """All lines, in reading order."""
    return "\n".join(line.text for line in page.lines)


def tesseract_text(page: TextPage, language: str) -> str:
    """The text as the program prints it."""
    command = ["tesseract", "stdin", "stdout", "--psm", "1", "-l", language]
    done = subprocess.run(  # noqa: S603 - fixed words; the picture is on stdin
        command,
        input=page.jpeg,
        capture_output=True,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return done.stdout.decode()


def spaced(text: str) -> str:
    """``text`` with single spaces between words."""
    return " ".join(text.split())


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def report(comparisons: Sequence[Comparison]) -> None:
    """Print the table of both."""
    print(f"\nText recognition{'ours':>34}{'tesseract':>19}")
    print(f"{'':30}{'CER':>12}{'s':>8}{'CER':>11}{'s':>8}")
    for one in comparisons:
        print(row(one.name, one.length, one.ours, one.tesseract) + f"  {one.note}".rstrip())
    length = sum(one.length for one in comparisons)
    ours, tesseract = (
        Reading(sum(r.errors for r in readings), sum(r.seconds for r in readings))
        for readings in (
            [one.ours for one in comparisons],
            [one.tesseract for one in comparisons],
        )
    )
    print(row("total", length, ours, tesseract) + "  (bar: no more than tesseract)")
    worse = [one.name for one in comparisons if one.ours.errors > one.tesseract.errors]
    print(f"worse than tesseract on: {', '.join(worse) or 'no page'}")


def row(name: str, length: int, ours: Reading, tesseract: Reading) -> str:
    """One line of the table."""
    return (
        f"  {name:<34}{ours.errors / length:>6.1%}{ours.seconds:>8.2f}"
        f"{tesseract.errors / length:>11.1%}{tesseract.seconds:>8.2f}"
    )


def report_gate(recognizer: TextRecognizer) -> None:
    """Print what a mixed set costs with and without the gate."""
    landscapes = [picture_of(made()) for made in (mountain_lake, night_sky, dunes)]
    photographs = [draw(seed).thumbnail_image(2048).jpegsave_buffer(Q=88) for seed in range(5)]
    pages = [text_page("page", lines_page(["A page of text"] * 12, size), "") for size in (20, 30)]
    mixed = [
        *(text_page("landscape", picture, "").jpeg for picture in landscapes),
        *photographs,
        *(page.jpeg for page in pages),
    ]
    read_all = TextRecognizer(None, recognizer.reader, 0.0)
    gated, is_read = read_mixed(recognizer, mixed)
    ungated, _ = read_mixed(read_all, mixed)
    print(f"The gate, on {len(mixed)} pictures of which {len(pages)} have text")
    print(f"  with gate     {gated / len(mixed):6.2f} s per picture; {is_read} were read")
    print(f"  without       {ungated / len(mixed):6.2f} s per picture")
    print(f"  saved         {1 - gated / ungated:6.0%}")


def read_mixed(recognizer: TextRecognizer, jpegs: Sequence[bytes]) -> tuple[float, int]:
    """Processor seconds for all, and how many got past the gate."""
    before = processor_seconds()
    found = [recognizer.recognize(pixels_of(jpeg), is_text_expected=False) for jpeg in jpegs]
    return processor_seconds() - before, sum(one.is_read for one in found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Text recognition against tesseract.")
    parser.add_argument("--pages", type=Path, help="Folder of pages, each beside its .gt.txt.")
    main(parser.parse_args().pages)
