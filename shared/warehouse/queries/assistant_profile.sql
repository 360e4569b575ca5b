-- $1: coach, $2: the moment.
SELECT a.assistant_id AS "assistant_id!",
       coalesce(nullif(btrim(a.nickname), ''), nullif(btrim(a.real_name), '')) AS name,
       a.avatar_url, a.level_code, a.level_name, a.entry_time,
       (coalesce(a.resign_time <= $2, false) OR coalesce(a.assistant_status = 'resigned', false)) AS "resigned!",
       coalesce(a.skill_codes, '{}') AS "skill_codes!"
FROM app.v_dim_assistant a
WHERE a.assistant_id = $1 AND a.scd2_start_time < $2 AND (a.scd2_end_time IS NULL OR a.scd2_end_time >= $2)
ORDER BY a.scd2_start_time DESC
LIMIT 1
