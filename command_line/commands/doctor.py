"""``media doctor``: what is here, what is missing, and what to do about it."""

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from shlex import quote

import duckdb
import typer
from rich.text import Text

from command_line.commands.finding import Finding
from command_line.commands.findings_of_work import memory, stuck, waiting
from command_line.commands.health_findings import health
from command_line.queries.not_taken import NOT_TAKEN
from command_line.queries.tables import Tables
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import human_bytes, out, show_json, show_lines
from command_line.terminal.tabular import labeled
from dbt_like_sql.publication_due import is_publication_due
from resources.configuration.file_modes import GROUP_MAY_READ, chosen_umask, too_wide
from resources.configuration.settings import Settings
from resources.configuration.trusted_home import dangers, trust_file
from resources.decoding.confinement_probe import what_decoders_reach
from resources.decoding.decoder_child import DecoderDied
from resources.decoding.pixels import libvips_version
from resources.display_text import plain_text
from resources.landing.roots import LandingRootRefused, refuse_overlaps
from resources.metadata import exiftool
from resources.orchestration.dagster_damage import DamagedDagster
from resources.rows.row_store import RowStore
from resources.warehouse.database_file import reading

PACKAGES = (
    "dagster",
    "duckdb",
    "polars",
    "pyvips",
    "pillow",
    "pi-heif",
    "imagecodecs",
    "pypdfium2",
)
STORAGE_ADVICE = (
    "start the database that MEDIA_POSTGRES_URL names; embedded: move media_home/dagster away, "
    "then media rebuild"
)
LEAST_FREE_BYTES = 5 * 1024**3


def examine(*, models: bool = False, as_json: bool) -> None:
    """Print the findings. Raises typer.Exit with code 1 when one of them is a fault.

    With ``models`` every engine is opened and works on a few images, and nothing else is examined.
    """
    settings = Settings()
    settings.media_home.create()
    findings = (
        list(model_engines())
        if models
        else [
            *versions(),
            *engines(),
            confinement_of_decoders(settings),
            *stores(settings),
            *waiting(settings),
            *stuck(settings),
            memory(settings),
            *partitions(settings),
            *health(settings),
            *folders(settings),
            owner_of_home(settings),
            modes(settings),
            service(settings),
        ]
    )
    if as_json:
        show_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            tell(finding)
    if any(finding.is_fault for finding in findings):
        raise typer.Exit(code=1)


def tell(finding: Finding) -> None:
    """One line, and a second with the advice."""
    sign, style = ("x", "red") if finding.is_fault else ("ok", "green")
    if finding.advice and not finding.is_fault:
        sign, style = "!", "yellow"
    label = Text(f"{sign:<3}", style=style) + Text(f"{finding.what:<18}")
    show_lines(labeled(out, label, finding.found))
    if finding.advice:
        show_lines(labeled(out, Text(f"{'':<21}-> "), finding.advice))


def versions() -> Iterator[Finding]:
    """Python and the packages that matter."""
    yield Finding("python", sys.version.split()[0])
    for name in PACKAGES:
        try:
            yield Finding(name, version(name))
        except PackageNotFoundError:
            yield Finding(name, "not installed", "install the project again: make demo", True)


def engines() -> Iterator[Finding]:
    """What reads pixels and metadata."""
    yield Finding("libvips", f"{libvips_version()}: JPEG, PNG, WebP, TIFF, GIF, SVG")
    yield Finding(
        "other decoders", "HEIC, AVIF, BMP, JPEG 2000, PSD, ICO, TGA, JPEG XL, PDF (page 1)"
    )
    found = exiftool.usable_version()
    if found:
        yield Finding("exiftool", f"{found}: reads embedded metadata")
    else:
        advice = (
            "optional; for maker notes and rare formats: apt-get install libimage-exiftool-perl"
        )
        yield Finding("exiftool", "not found: Pillow reads embedded metadata", advice)


def confinement_of_decoders(settings: Settings) -> Finding:
    """Whether a decoder that a picture takes over reaches anything, tried in a real one."""
    is_demanded = settings.limits.require_confinement
    try:
        confinement, reached = what_decoders_reach(settings)
    except DecoderDied:
        advice = "use a kernel with Landlock (5.13) and seccomp, or limits.require_confinement"
        return Finding("decoders", "not confined, so nothing is decoded", advice, True)
    version = confinement.landlock_version
    held = [f"Landlock {version}"] * bool(version) + ["seccomp"] * confinement.has_seccomp
    if confinement.is_complete and not reached:
        found = f"confined ({', '.join(held)}): they reach no file, network, program or process"
        return Finding("decoders", found)
    found = f"confined by {' and '.join(held) or 'nothing'}; they reach {', '.join(reached)}"
    return Finding("decoders", found, "a kernel with Landlock (5.13) and seccomp", is_demanded)


def owner_of_home(settings: Settings) -> Finding:
    """Whether others could change what the home makes media do."""
    reasons = list(dangers(settings.home))
    if not reasons:
        return Finding("home", f"{settings.home} is yours alone to change")
    return Finding("home", f"trusted by you, although {'; '.join(reasons)}", f"see {trust_file()}")


def model_engines() -> Iterator[Finding]:
    """How fast the engines open and work here."""
    from command_line.commands.model_speed import engine_speeds

    for one in engine_speeds():
        if one.problem:
            yield Finding(one.asset, f"{one.engine} cannot work", one.problem, True)
            continue
        speed = f"{one.images_per_second:,.1f} images/s on {one.images}" if one.images else ""
        opened = f"opened in {one.load_seconds} s, {human_bytes(one.memory_bytes or 0)}"
        advice = None if one.images else "no images yet: media add FOLDER --wait, then again"
        yield Finding(one.asset, f"{one.engine}: {opened} {speed} ({one.why})", advice)


def stores(settings: Settings) -> Iterator[Finding]:
    """The rows and what is made from them."""
    home = settings.media_home
    store = RowStore(home.rows)
    files = sum(len(store.files(table)) for table in store.tables())
    yield Finding("rows", f"{len(store.tables())} tables in {files} files below {home.rows}")
    if not home.warehouse.exists():
        yield Finding("media.duckdb", "not published yet", "it appears after the first batch")
        return
    try:
        with reading(home.warehouse) as connection:
            count = connection.execute("select count(*) from images").fetchall()[0][0]
    except duckdb.Error as error:
        yield Finding("media.duckdb", f"cannot be read: {error}", "media rebuild", True)
        return
    late = (
        "rows are newer: it is published after the next run"
        if is_publication_due(home, store)
        else None
    )
    yield Finding(
        "media.duckdb", f"{count} images, {human_bytes(home.warehouse.stat().st_size)}", late
    )


def partitions(settings: Settings) -> Iterator[Finding]:
    """Whether Dagster has a partition for every source."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        for medium, absent in absent_by_medium(settings).items():
            yield Finding(
                "partitions",
                f"{len(absent)} {medium}(s) have none in Dagster, such as {absent[0]}",
                "the service makes them again within ten minutes; at once: "
                f"media reprocess {absent[0]}",
            )
    except (DamagedDagster, SQLAlchemyError) as error:
        said = plain_text(str(error).partition("\n")[0], longest=300)
        yield Finding("dagster", f"its storage cannot be read: {said}", STORAGE_ADVICE, True)


def absent_by_medium(settings: Settings) -> dict[str, list[str]]:
    """Medium -> its sources that are no partition in Dagster, where there are any."""
    from media_assets.execution.restoration import absent_sources
    from media_assets.media import all_media
    from resources.orchestration.dagster_home import open_dagster

    with open_dagster(settings) as instance:
        found = {
            medium.name: absent_sources(medium, settings, instance)
            for medium in all_media().values()
        }
    return {name: absent for name, absent in found.items() if absent}


def folders(settings: Settings) -> Iterator[Finding]:
    """Free space and the landing roots."""
    free = shutil.disk_usage(settings.home).free
    scarce = (
        "free some space: ingest pauses before the disk is full"
        if free < LEAST_FREE_BYTES
        else None
    )
    yield Finding("free space", f"{human_bytes(free)} below {settings.home}", scarce)
    for root in settings.roots:
        missing = (
            None if root.path.is_dir() else "mount or create it; until then nothing is deleted"
        )
        yield Finding(f"landing {root.name}", f"{root.path} ({root.mode})", missing)
    try:
        refuse_overlaps(settings)
    except LandingRootRefused as error:
        yield Finding("landing roots", "refused", str(error), True)
        return
    yield from not_taken()


def modes(settings: Settings) -> Finding:
    """Whether others may read or change more of the home than the settings let them."""
    umask = chosen_umask(settings.home)
    allowed = "its group may read it" if umask == GROUP_MAY_READ else "for its owner alone"
    wide = too_wide(settings.media_home, umask)
    if not wide:
        return Finding("modes", f"{settings.home}: {allowed}")
    mending = "g-w,o=" if umask == GROUP_MAY_READ else "go="
    shown = f"others have rights to {len(wide):,} of its files and folders, such as {wide[0]}"
    return Finding("modes", shown, f"chmod -R {mending} {quote(str(settings.home))}")


ADVICE = {
    "too_large": "raise limits.max_file_bytes, or take them away",
    "unreadable": "let the service's user read them; they are tried again by themselves",
    "still_changing": "end the program that writes to them",
    "excluded": None,
}


def not_taken() -> Iterator[Finding]:
    """What is not taken from the landing roots, by reason: numbers of files and of folders."""
    for root, state, why, files, folders in Tables.open().rows(NOT_TAKEN):
        counts = ((files, "file(s)"), (folders, "folder(s)"))
        counted = ", ".join(f"{count} {what}" for count, what in counts if count)
        yield Finding(f"landing {root}", f"{counted} not taken: {why}", ADVICE[str(state)])


def service(settings: Settings) -> Finding:
    """Whether the daemon is at work."""
    if is_service_running(settings.media_home):
        return Finding("service", f"running: http://{settings.host}:{settings.port}")
    return Finding(
        "service", "stopped", "start it with: media up (or work without: media add --wait)"
    )
