-- $1: today, $2: the moment, $3: the member. The version valid then (the newest where versions overlap) beside the newest
-- consumption snapshot's row, if there is one.
SELECT newest.stat_date,
       nullif(btrim(m.grade_name), '') AS grade_name,
       m.register_time,
       c.visit_count_60d::bigint AS "visit_count_60d?",
       c.consume_amount_60d::numeric AS "consumption_60d?"
FROM (SELECT max(stat_date) AS stat_date FROM app.v_dws_member_consumption_summary WHERE stat_date <= $1) AS newest
CROSS JOIN LATERAL (
    SELECT member_id, grade_name, register_time
    FROM app.v_dim_member
    WHERE member_id = $3 AND scd2_start_time < $2 AND (scd2_end_time IS NULL OR scd2_end_time >= $2)
    ORDER BY scd2_start_time DESC
    LIMIT 1
) AS m
LEFT JOIN app.v_dws_member_consumption_summary c ON c.stat_date = newest.stat_date AND c.member_id = m.member_id
