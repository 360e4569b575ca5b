-- $1: coach, $2: the moment. Skills by their order of display; a code without a row in the table shows itself.
SELECT a.assistant_id AS "assistant_id!",
       coalesce(nullif(btrim(a.nickname), ''), nullif(btrim(a.real_name), '')) AS name,
       a.avatar_url, a.level_code, a.level_name, a.entry_time,
       (coalesce(a.resign_time <= $2, false) OR coalesce(a.assistant_status = 'resigned', false)) AS "resigned!",
       ARRAY(
           SELECT coalesce(t.skill_name, code)
           FROM unnest(a.skill_codes) AS code
           LEFT JOIN app.v_cfg_skill_type t ON t.skill_code = code
           ORDER BY t.sort_order NULLS LAST, code
       ) AS "skills!: Vec<String>"
FROM app.v_dim_assistant a
WHERE a.assistant_id = $1 AND a.scd2_start_time < $2 AND (a.scd2_end_time IS NULL OR a.scd2_end_time >= $2)
ORDER BY a.scd2_start_time DESC
LIMIT 1
