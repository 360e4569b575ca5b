-- $1: coach, $2: the moment. The newest version valid then.
SELECT level_name, scd2_start_time
FROM app.v_dim_assistant
WHERE assistant_id = $1 AND scd2_start_time < $2 AND (scd2_end_time IS NULL OR scd2_end_time >= $2)
ORDER BY scd2_start_time DESC
LIMIT 1
