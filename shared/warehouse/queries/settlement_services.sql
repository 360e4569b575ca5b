-- $1: settlements, $2: the moment. hours ← income_seconds / 3600; the fee is pd of
-- a base course, cx of a bonus course.
SELECT l.order_settle_id AS "settle_id!", l.assistant_service_id AS "id!", l.site_assistant_id AS "assistant_id!", a.name,
       l.course_kind AS "course_kind!", round(l.income_seconds / 3600.0, 2) AS "hours!",
       (l.assistant_pd_money + l.assistant_cx_money) AS "fee!"
FROM app.v_dwd_assistant_service_log l
LEFT JOIN LATERAL (
    SELECT coalesce(nullif(btrim(v.nickname), ''), nullif(btrim(v.real_name), '')) AS name
    FROM app.v_dim_assistant v
    WHERE v.assistant_id = l.site_assistant_id
      AND v.scd2_start_time < $2 AND (v.scd2_end_time IS NULL OR v.scd2_end_time >= $2)
    ORDER BY v.scd2_start_time DESC
    LIMIT 1
) AS a ON true
WHERE l.order_settle_id = ANY ($1) AND l.is_delete = 0
ORDER BY l.order_settle_id, l.assistant_service_id
