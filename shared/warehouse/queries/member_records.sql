-- $1: member, $2, $3: from and until (exclusive), $4: table or null, $5: limit, $6: offset, $7: the moment. Course rows,
-- and recharges unless a table is asked for; the totals, of course rows, come with every row, and alone where the page is empty.
WITH course AS MATERIALIZED (
    SELECT assistant_service_id AS id, 'course' AS record_type, create_time, start_use_time AS start_time,
           last_use_time AS end_time, site_table_id AS table_id, site_assistant_id AS assistant_id, course_kind, skill_name,
           income_seconds, real_use_seconds, ledger_amount AS income
    FROM app.v_dwd_assistant_service_log
    WHERE tenant_member_id = $1 AND tenant_member_id <> 0 AND is_delete = 0
      AND create_time >= $2 AND create_time < $3
      AND ($4::bigint IS NULL OR site_table_id = $4)
),
record AS MATERIALIZED (
    SELECT * FROM course
    UNION ALL
    SELECT recharge_order_id, 'recharge', create_time, NULL, NULL, NULL, assistant_id, NULL, NULL, NULL, NULL, pay_amount
    FROM app.v_dwd_recharge_order
    WHERE member_id = $1 AND is_delete = 0 AND create_time >= $2 AND create_time < $3 AND $4::bigint IS NULL
),
page AS (
    SELECT record.*, a.name AS coach_name
    FROM (SELECT * FROM record ORDER BY create_time DESC, record_type, id DESC LIMIT $5 OFFSET $6) AS record
    LEFT JOIN LATERAL (
        SELECT coalesce(nullif(btrim(v.nickname), ''), nullif(btrim(v.real_name), '')) AS name
        FROM app.v_dim_assistant v
        WHERE v.assistant_id = record.assistant_id
          AND v.scd2_start_time < $7 AND (v.scd2_end_time IS NULL OR v.scd2_end_time >= $7)
        ORDER BY v.scd2_start_time DESC
        LIMIT 1
    ) AS a ON true
)
SELECT (SELECT count(*) FROM record) AS "total!",
       (SELECT count(*) FROM course) AS "month_count!",
       (SELECT round(coalesce(sum(income_seconds), 0) / 3600.0, 2) FROM course) AS "month_hours!",
       page.id AS "id?", page.record_type AS "record_type?", page.create_time AS "create_time?",
       page.start_time AS "start_time?", page.end_time AS "end_time?", page.table_id AS "table_id?",
       page.coach_name AS "coach_name?", page.course_kind AS "course_kind?", page.skill_name AS "skill_name?",
       round(page.income_seconds / 3600.0, 2) AS "hours?", round(page.real_use_seconds / 3600.0, 2) AS "hours_raw?",
       page.income AS "income?"
FROM (SELECT 1) AS always
LEFT JOIN page ON true
ORDER BY page.create_time DESC, page.record_type, page.id DESC
