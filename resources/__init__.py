"""The outside world, one folder each: files, rows, decoders, models, Dagster's own storage.

Modules here know nothing of which assets exist; assets, sensors and schedules are built on them.

- ``settings``, ``media_home``: what the user chose, and where things lie on disk.
- ``outcomes``, ``failures``: the words for how one image fared in one asset.
- ``content_store``, ``originals``, ``rows``: the truth (never updated in place).
- ``landing``: from landing folders to accepted originals.
- ``decoding``, ``metadata``: pixels and tags from untrusted bytes, in children that can be killed.
- ``ocr``, ``embedding``, ``language``: engines that recognise, each chosen without loading it.
- ``warehouse``, ``search``: DuckDB and LanceDB, made from the truth and deletable at any time.
- ``orchestration``: what Dagster runs on. ``preservation``: backup and restore.
"""
