-- $1 assistant, $2 member, $3 end of the facts (exclusive), $4 how many.
-- The pair's newest valid services; id ← assistant_service_id, hours ← income_seconds / 3600, income ← pd + cx.
SELECT assistant_service_id AS "id!",
       create_time AS "create_time!",
       start_use_time AS start_time,
       last_use_time AS end_time,
       site_table_id AS table_id,
       course_kind AS "course_kind!",
       skill_name,
       round(income_seconds / 3600.0, 2) AS "hours!",
       (assistant_pd_money + assistant_cx_money) AS "income!"
FROM app.v_dwd_assistant_service_log
WHERE site_assistant_id = $1 AND tenant_member_id = $2 AND create_time < $3 AND is_delete = 0
ORDER BY create_time DESC, assistant_service_id DESC
LIMIT $4
