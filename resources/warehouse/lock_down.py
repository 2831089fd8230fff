"""A connection without any right but to read what is open."""

from pathlib import Path

import duckdb

from resources.warehouse.sql_text import literal


def lock_down(
    connection: duckdb.DuckDBPyConnection,
    readable: Path | None,
    *,
    memory_bytes: int | None = None,
    threads: int | None = None,
) -> None:
    """Take away files, network, extensions and settings, for good.

    Files below ``readable`` can still be read. Nothing is put on the disk when memory runs short.
    """
    if readable is not None:
        connection.execute(f"set allowed_directories = [{literal(f'{readable}/')}]")
    if memory_bytes is not None:
        connection.execute(f"set memory_limit = '{memory_bytes} bytes'")
    if threads is not None:
        connection.execute(f"set threads = {threads}")
    connection.execute("set temp_directory = ''")
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute("set python_enable_replacements = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
