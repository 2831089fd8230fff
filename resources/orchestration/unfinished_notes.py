"""A note on a run that sources of it stay unfinished: a tag, which its later steps read.

Steps of one run may be carried out in several processes; Dagster's storage is what they share. The
tag is also what a person sees in the list of runs.
"""

import dagster as dg

UNFINISHED_TAG = "media/unfinished"

LONGEST_NOTE = 500
"""Characters: a tag is shown in one line."""


def note_unfinished(instance: dg.DagsterInstance, run_id: str, text: str) -> None:
    """Tag the run with what stays unfinished; a later note replaces an earlier one."""
    instance.add_run_tags(run_id, {UNFINISHED_TAG: text[:LONGEST_NOTE]})


def unfinished_note(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """What stays unfinished in the run so far; None when nothing does."""
    run = instance.get_run_by_id(run_id)
    return run.tags.get(UNFINISHED_TAG) if run else None
