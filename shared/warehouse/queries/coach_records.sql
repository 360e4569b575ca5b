-- $1: coach, $2, $3: from and until (exclusive), $4: zone, $5: cut-off hour, $6: limit, $7: offset, $8: the moment.
-- Subtotals are of the whole business date, totals of the whole range, whichever page; they come with every row, the
-- totals alone where the page is empty. hours ← income_seconds / 3600, income ← ledger_amount.
WITH record AS MATERIALIZED (
    SELECT assistant_service_id AS id, create_time, start_use_time AS start_time, last_use_time AS end_time,
           site_table_id AS table_id, nullif(tenant_member_id, 0) AS member_id, course_kind, skill_name,
           income_seconds, real_use_seconds, ledger_amount AS income,
           ((create_time AT TIME ZONE $4::text) - make_interval(hours => $5::integer))::date AS day
    FROM app.v_dwd_assistant_service_log
    WHERE site_assistant_id = $1 AND is_delete = 0 AND create_time >= $2 AND create_time < $3
),
page AS (
    SELECT r.*, m.name AS member_name
    FROM (
        SELECT record.*, count(*) OVER day AS day_count, sum(income_seconds) OVER day AS day_seconds,
               sum(income) OVER day AS day_income
        FROM record
        WINDOW day AS (PARTITION BY day)
        ORDER BY create_time DESC, id DESC
        LIMIT $6 OFFSET $7
    ) AS r
    LEFT JOIN LATERAL (
        SELECT nullif(btrim(v.nickname), '') AS name
        FROM app.v_dim_member v
        WHERE v.member_id = r.member_id AND v.scd2_start_time < $8 AND (v.scd2_end_time IS NULL OR v.scd2_end_time >= $8)
        ORDER BY v.scd2_start_time DESC
        LIMIT 1
    ) AS m ON true
)
SELECT whole.total AS "total!", whole.hours AS "total_hours!", whole.income AS "total_income!", page.day AS "day?",
       page.day_count AS "day_count?", round(page.day_seconds / 3600.0, 2) AS "day_hours?", page.day_income AS "day_income?",
       page.id AS "id?", page.create_time AS "create_time?", page.start_time AS "start_time?", page.end_time AS "end_time?",
       page.table_id AS "table_id?", page.member_id AS "member_id?", page.member_name AS "member_name?",
       page.course_kind AS "course_kind?", page.skill_name AS "skill_name?",
       round(page.income_seconds / 3600.0, 2) AS "hours?", round(page.real_use_seconds / 3600.0, 2) AS "hours_raw?",
       page.income AS "income?"
FROM (
    SELECT count(*) AS total, round(coalesce(sum(income_seconds), 0) / 3600.0, 2) AS hours, coalesce(sum(income), 0) AS income
    FROM record
) AS whole
LEFT JOIN page ON true
ORDER BY page.create_time DESC, page.id DESC
