-- How long what failed waits for its next try, by class of failure, and after how many tries it is
-- given up. The wait after the nth failure is first_wait_seconds x growth ^ (n - 1), at most
-- longest_wait_seconds.
-- Grain: one row per class of failure.
-- live: anew, a rule is of no source
-- test: unique(failure_class)
-- test: not_null(most_attempts)

select
    failure_class,
    first_wait_seconds,
    growth,
    longest_wait_seconds,
    most_attempts,
    declared_at
from ingest.retry_rule
