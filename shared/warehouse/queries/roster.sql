-- $1: the moment. Each coach's version valid then; the newest where versions overlap.
SELECT DISTINCT ON (assistant_id)
       assistant_id AS "assistant_id!",
       coalesce(nullif(btrim(nickname), ''), nullif(btrim(real_name), '')) AS name,
       level_code,
       level_name,
       (coalesce(resign_time <= $1, false) OR coalesce(assistant_status = 'resigned', false)) AS "resigned!"
FROM app.v_dim_assistant
WHERE scd2_start_time < $1 AND (scd2_end_time IS NULL OR scd2_end_time >= $1)
ORDER BY assistant_id, scd2_start_time DESC
