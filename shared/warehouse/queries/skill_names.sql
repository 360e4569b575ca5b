-- $1: codes. Names by their order of display; a code without a row in the table shows itself.
SELECT coalesce(t.skill_name, asked.code) AS "name!"
FROM unnest($1::text[]) AS asked (code)
LEFT JOIN app.v_cfg_skill_type t ON t.skill_code = asked.code
ORDER BY t.sort_order NULLS LAST, asked.code
