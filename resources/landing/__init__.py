"""Landing folders: what is in them becomes accepted sources; safe to repeat at any time.

One look: ``ingest`` -> ``watch`` (what is in a root and what is known of it: ``scan``,
``patient_walk``, ``ledger``) -> ``decide`` (pure: ``actions`` from plain ``records``) -> ``apply``
-> ``take`` (``file`` reads; ``decide_taking`` is its pure half) -> ``commit`` (copies, rows and
ledger) -> ``sidecar_links`` -> ``note_left_out``. The ledger is a cache that ``ledger_mirror``
keeps up to the rows. What is passed over: ``exclusions``, ``left_by_programs``; what lists may
name: ``lists``, ``listable``; names of sidecars: ``sidecar_names``, ``takeout_names``.
"""
