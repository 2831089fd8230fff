"""The outside world, one module each: folders, files, rows, decoders, Dagster's own storage.

Modules here know nothing of which assets exist; assets, sensors and schedules are built on them.

- ``settings``, ``media_home``: what the user chose, and where things lie on disk.
- ``outcomes``, ``failures``: the words for how one image fared in one asset.
- ``content_store``, ``originals``, ``row_store``: the truth (never updated in place).
- ``warehouse``: DuckDB, published from the truth and deletable at any time.
- ``decoding``, ``decoder_pool``: pixels from untrusted bytes, in children that can be killed.
"""
