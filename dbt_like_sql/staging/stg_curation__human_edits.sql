-- Every edit that people made: what they changed, and all that they had said by then.
-- Grain: one row per edit.
-- live: by(image_id)
-- test: not_null(edited_by)

select
    image_id,
    _seq || '-' || _row as version,
    changed_fields,
    fields,
    edited_by,
    note,
    made_at as edited_at
from curation_history.human_record
