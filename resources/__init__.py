"""The outside world, one folder each: files, rows, decoders, models, Dagster's own storage.

Modules here know nothing of which assets and SQL models exist; assets, sensors and schedules are
built on them.

- ``outcomes``, ``display_text``: the outcome of one source in one asset; untrusted text made safe.
- ``configuration``: what the user chose, and where things are on disk.
- ``sources``, ``stores``, ``rows``: the truth (never updated in place): what was accepted, the
  files, the Parquet rows.
- ``landing``: from landing folders to accepted sources.
- ``decoding``, ``metadata``: pixels and tags from untrusted bytes, in processes that can be killed.
- ``models``: what all engines have in common. ``ocr``, ``embedding``, ``language``: engines that
  recognize, each chosen without loading it.
- ``warehouse``, ``search``: DuckDB and LanceDB, made from the truth and deletable at any time.
- ``orchestration``: what Dagster runs on. ``preservation``: backup and restore.
"""
