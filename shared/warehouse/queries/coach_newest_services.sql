-- $1: coach, $2: end of today, $3: how many, $4: the moment. The newest valid services, whenever they were: so many steps
-- into the index. hours ← income_seconds / 3600, income ← ledger_amount.
SELECT r.assistant_service_id AS "id!", r.create_time AS "create_time!", r.start_use_time AS "start_time?",
       r.last_use_time AS "end_time?", r.site_table_id AS "table_id?", r.member_id AS "member_id?", m.name AS "member_name?",
       r.course_kind AS "course_kind!", r.skill_name AS "skill_name?", round(r.income_seconds / 3600.0, 2) AS "hours!",
       round(r.real_use_seconds / 3600.0, 2) AS "hours_raw!", r.ledger_amount AS "income!"
FROM (
    SELECT assistant_service_id, create_time, start_use_time, last_use_time, site_table_id,
           nullif(tenant_member_id, 0) AS member_id, course_kind, skill_name, income_seconds, real_use_seconds, ledger_amount
    FROM app.v_dwd_assistant_service_log
    WHERE site_assistant_id = $1 AND is_delete = 0 AND create_time < $2
    ORDER BY create_time DESC, assistant_service_id DESC
    LIMIT $3
) AS r
LEFT JOIN LATERAL (
    SELECT nullif(btrim(v.nickname), '') AS name
    FROM app.v_dim_member v
    WHERE v.member_id = r.member_id AND v.scd2_start_time < $4 AND (v.scd2_end_time IS NULL OR v.scd2_end_time >= $4)
    ORDER BY v.scd2_start_time DESC
    LIMIT 1
) AS m ON true
ORDER BY r.create_time DESC, r.assistant_service_id DESC
