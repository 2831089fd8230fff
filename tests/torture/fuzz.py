"""Fuzzes every parser of ours: with atheris where it is installed, else by seeded mutation.

``python -m tests.torture.fuzz --seconds 60 [--seed N] [--parser NAME]`` ends with exit code 1 and
the bytes when a parser raises an error that it does not promise.
"""

import argparse
import importlib.util
import itertools
import subprocess
import sys
import time
import warnings

from tests.torture.parsers import PARSERS, crash_of, mutations, told

GUIDED = """
import sys
import atheris
with atheris.instrument_imports():
    from tests.torture.parsers import PARSERS, crash_of
parser = PARSERS[sys.argv.pop(1)]
def one_input(content):
    crash = crash_of(parser, content)
    if crash is not None:
        raise crash
atheris.Setup(sys.argv, one_input)
atheris.Fuzz()
"""


def fuzz(name: str, seconds: float, seed: int) -> int:
    """Mutate until the time is over; return how many inputs were harmless. Exits at a crash."""
    deadline, tried = time.monotonic() + seconds, 0
    for round_seed in itertools.count(seed):
        for content in mutations(PARSERS[name], 500, round_seed):
            crash = crash_of(PARSERS[name], content)
            if crash is not None:
                sys.exit(f"{name}, seed {round_seed}: {crash!r} for {told(content)}")
            tried += 1
            if time.monotonic() > deadline:
                return tried
    return tried


def fuzz_guided(name: str, seconds: float, seed: int) -> None:
    """Let atheris find inputs that reach new code. Exits at a crash, which it leaves in a file."""
    options = [f"-max_total_time={int(seconds)}", f"-seed={seed}", "-max_len=20000"]
    command = [sys.executable, "-c", GUIDED, name, *options]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{name}: see the crash file that atheris has written")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each parser")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--parser", choices=PARSERS, action="append")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # libraries warn of what is damaged, as they should
    sys.stdout.write(f"seed {chosen.seed}\n")
    for name in chosen.parser or PARSERS:
        if importlib.util.find_spec("atheris"):
            fuzz_guided(name, chosen.seconds, chosen.seed)
        else:
            sys.stdout.write(f"{name}: {fuzz(name, chosen.seconds, chosen.seed)} inputs\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
