-- What every source should have, whether it has it, and what has changed since it was made.
-- `outcome` is null while there is no result; `changes` says why the result is out of date, in
-- words, and is null when it is not; `possible_change` says so where only the code was edited and
-- its version is the same. `standing` is `outcome`, or `in_progress` for what has no
-- result yet or was skipped because of an input that can be used now.
-- Nothing is expected of superseded children. `image_id` is `source_id` for images, else null.
-- Grain: one row per accepted source and derivative of today's recipes of its medium.
-- live: by(source_id)
-- test: unique(source_id, asset)
-- test: not_null(standing)
-- warn: relationships(source_id, stg_ingest__sources.source_id)

with

sources as (select * from stg_ingest__sources where not is_superseded),

recipes as (select * from stg_ingest__recipes),

artifacts as (select * from stg_media__artifacts),

chosen as (select * from stg_curation__chosen_versions),

recipe_inputs as (
    select
        medium,
        asset,
        unnest(inputs) as input,
        list_contains(optional_inputs, input) as is_optional,
        reads_preferred
    from recipes
),

readable as (
    select source_id, asset, false as is_choice, outcome, fingerprint as name
    from artifacts
    union all
    select source_id, asset, true as is_choice, 'ok' as outcome, version as name
    from chosen
),

expected as (
    select sources.source_id, sources.batch, recipes.*
    from sources
    inner join recipes on sources.medium = recipes.medium
),

inputs_now as (
    select
        artifacts.source_id,
        artifacts.asset,
        bool_and(
            recipe_inputs.is_optional or coalesce(above.outcome in ('ok', 'degraded'), false)
        ) as are_usable,
        string_agg(
            case
                when recipe_inputs.reads_preferred
                    then 'another version of ' || recipe_inputs.input || ' counts'
                else 'input ' || recipe_inputs.input || ' was made again'
            end,
            '; ' order by recipe_inputs.input
        ) filter (
            where case
                when recipe_inputs.is_optional
                    then case when above.outcome in ('ok', 'degraded') then above.name end
                    is distinct from artifacts.inputs ->> recipe_inputs.input
                else above.name is not null
                    and above.name is distinct from artifacts.inputs ->> recipe_inputs.input
            end
        ) as changes
    from artifacts
    inner join recipe_inputs
        on artifacts.medium = recipe_inputs.medium and artifacts.asset = recipe_inputs.asset
    left join readable as above
        on artifacts.source_id = above.source_id
        and recipe_inputs.input = above.asset
        and recipe_inputs.reads_preferred = above.is_choice
    group by artifacts.source_id, artifacts.asset
),

compared as (
    select
        expected.medium,
        expected.source_id,
        expected.batch,
        expected.asset,
        expected.position,
        artifacts.outcome,
        artifacts.reason,
        artifacts.is_unfinished,
        artifacts.failure_class,
        artifacts.warnings,
        artifacts.fingerprint,
        artifacts.made_at,
        case
            when artifacts.code_version != expected.code_version
                then 'code version ' || artifacts.code_version || ' -> ' || expected.code_version
        end as code_change,
        case
            when artifacts.code_version = expected.code_version
                and artifacts.code_digest != expected.code_digest
                then 'code changed, version not'
        end as possible_change,
        case
            when artifacts.engine != expected.engine
                then 'engine ' || artifacts.engine || ' -> ' || expected.engine
            when artifacts.outcome = 'unsupported'
                and artifacts.engine_version != expected.engine_version
                then 'a newer engine may read it: ' || expected.engine || ' '
                || artifacts.engine_version || ' -> ' || expected.engine_version
        end as engine_change,
        case
            when artifacts.parameters != expected.parameters
                then list_filter(
                    list_sort(list_distinct(list_concat(
                        json_keys(artifacts.parameters), json_keys(expected.parameters)
                    ))),
                    lambda name: (artifacts.parameters -> name)
                    is distinct from (expected.parameters -> name)
                    -- Older versions counted a server's address beside its model's name.
                    and (name != 'url' or (expected.parameters -> 'url') is not null)
                )
            else []
        end as changed_parameters,
        case
            when len(changed_parameters) > 0
                then 'parameters changed: ' || array_to_string(
                    list_transform(
                        changed_parameters,
                        lambda name: name || ' '
                        || coalesce((artifacts.parameters -> name)::varchar, 'none') || ' -> '
                        || coalesce((expected.parameters -> name)::varchar, 'none')
                    ),
                    ', '
                )
        end as parameter_change,
        inputs_now.changes as input_change,
        artifacts.outcome = 'skipped' and coalesce(inputs_now.are_usable, true) as is_waiting
    from expected
    left join artifacts
        on expected.source_id = artifacts.source_id and expected.asset = artifacts.asset
    left join inputs_now
        on expected.source_id = inputs_now.source_id and expected.asset = inputs_now.asset
)

select
    medium,
    source_id,
    case medium when 'image' then source_id end as image_id,
    batch,
    asset,
    position,
    outcome,
    case when outcome is null or is_waiting then 'in_progress' else outcome end as standing,
    reason,
    is_unfinished,
    failure_class,
    warnings,
    fingerprint,
    made_at,
    nullif(
        concat_ws(
            '; ', code_change, engine_change, parameter_change, input_change,
            case when is_waiting then 'its inputs can be used now' end
        ),
        ''
    ) as changes,
    possible_change
from compared
