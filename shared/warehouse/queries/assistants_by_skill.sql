-- $1: the moment, $2: skill or null. Coaches who are there.
SELECT assistant_id AS "assistant_id!", name, level_code, level_name
FROM (
    SELECT DISTINCT ON (assistant_id)
           assistant_id, level_code, level_name, skill_codes,
           coalesce(nullif(btrim(nickname), ''), nullif(btrim(real_name), '')) AS name,
           (coalesce(resign_time <= $1, false) OR coalesce(assistant_status = 'resigned', false)) AS resigned
    FROM app.v_dim_assistant
    WHERE scd2_start_time < $1 AND (scd2_end_time IS NULL OR scd2_end_time >= $1)
    ORDER BY assistant_id, scd2_start_time DESC
) AS a
WHERE NOT resigned AND ($2::text IS NULL OR skill_codes @> ARRAY[$2])
ORDER BY assistant_id
