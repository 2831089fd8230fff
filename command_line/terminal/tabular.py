"""Rows as people read them: a table where it fits, else one record below the other.

Nothing that may be copied is ever split: what has no spaces (ids, paths, names of columns) stays in
one piece, and a terminal that is too narrow wraps it itself, which copying undoes. Texts are broken
between words.
"""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

LEAST_TEXT_WIDTH = 24
"""Columns of a terminal in which a text can be read."""

GAP = 2
BORDER = 3
"""Columns around each cell of a table."""


class Records:
    """Records of label and text, each on lines of its own, with a blank line between two."""

    def __init__(self, records: Sequence[Mapping[str, str]], *, title: str = "") -> None:
        self._records = records
        self._title = title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The lines; rich calls this."""
        if self._title:
            yield unsplit(Text(self._title, style="italic"))
        for number, record in enumerate(self._records):
            if number:
                yield Text("")
            width = max(map(len, record), default=0) + GAP
            for label, value in record.items():
                yield from labeled(console, Text(f"{label:<{width}}", style="bold"), value)


def labeled(console: Console, label: Text, value: str, *, style: str = "") -> Iterator[Text]:
    """A label and its text, whose further lines begin below its first; words are not split."""
    room = console.width - label.cell_len
    below = label.cell_len
    if room < LEAST_TEXT_WIDTH and len(value) > room and " " in value:
        yield unsplit(label)
        label, below = Text(" " * GAP), GAP
        room = console.width - GAP
    for number, line in enumerate(lines_of(value, room)):
        yield unsplit((Text(" " * below) if number else label) + Text(line, style=style))


def lines_of(text: str, room: int) -> list[str]:
    """The words of a text in lines of at most ``room`` columns of a terminal; none is split."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and cell_len(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def unsplit(line: Text) -> Text:
    """A line that is printed as it is, however narrow the terminal."""
    line.no_wrap, line.overflow = True, "ignore"
    return line


def tabular(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: frozenset[int] = frozenset(),
    title: str = "",
) -> RenderableType:
    """The rows as a table if that fits, else as records without their empty values.

    ``numeric`` are the places of columns that are set to the right. To be printed with crop=False.
    """
    widths = [least_width([column, *texts]) for column, *texts in zip(columns, *rows, strict=True)]
    if sum(widths) + BORDER * len(widths) + 1 > console.width:
        named = (zip(columns, row, strict=True) for row in rows)
        return Records([{name: text for name, text in row if text} for row in named], title=title)
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        justify: JustifyMethod = "right" if place in numeric else "left"
        table.add_column(Text(column), justify=justify, min_width=width)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def least_width(texts: Sequence[str]) -> int:
    """Columns of a terminal that the texts need: none of their words is split."""
    longest_word = max((cell_len(word) for text in texts for word in text.split()), default=0)
    longest = max(map(cell_len, texts))
    return max(longest_word, min(longest, LEAST_TEXT_WIDTH))
