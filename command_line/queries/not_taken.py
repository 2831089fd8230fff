"""What the landing folders hold that is not taken, by root and reason, for people to act on."""

NOT_TAKEN = """
select root, state,
    case state when 'too_large' then 'above limits.max_file_bytes' else reason end as why,
    coalesce(sum(files), 0)::bigint as files,
    count(*) filter (where is_folder) as folders
from left_out
group by root, state, why
order by state = 'excluded', files desc, folders desc, root, why
"""
"""``folders`` are those that were not walked: nobody counts what is in them."""
