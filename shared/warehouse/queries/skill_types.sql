SELECT skill_code AS "code!", skill_name AS "name!", sort_order::bigint AS "sort_order!"
FROM app.v_cfg_skill_type
WHERE is_active
ORDER BY sort_order, skill_code
