"""No parser of ours raises anything but what it promises, whatever bytes a stranger sends.

The same few hundred mutations each time; ``make torture`` tries more, with new seeds.
"""

import pytest

from tests.torture.parsers import PARSERS, crash_of, mutations, told

COUNT = 600
SLOW = {
    "embedded_metadata": 400,
    "list_file": 100,
    "settings": 100,
    "labels": 100,
    "xmp": 120,
    "svg": 200,
}


@pytest.mark.filterwarnings("ignore")  # libraries warn of what is damaged, as they should
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_raises_only_what_it_promises(name: str) -> None:
    parser = PARSERS[name]
    for content in mutations(parser, SLOW.get(name, COUNT), seed=1):
        crash = crash_of(parser, content)
        assert crash is None, f"{crash!r} for {told(content)}"
