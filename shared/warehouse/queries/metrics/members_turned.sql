-- $1: today. New: first consumption in today's month; lost: the 60th day after the last one in it; gone: 61 to 90 days ago.
WITH newest AS (
    SELECT max(stat_date) AS stat_date FROM app.v_dws_member_consumption_summary WHERE stat_date <= $1
)
SELECT newest.stat_date,
       count(*) FILTER (WHERE date_trunc('month', c.first_consume_date) = date_trunc('month', $1::date)) AS "new!",
       count(*) FILTER (WHERE date_trunc('month', c.last_consume_date + 60) = date_trunc('month', $1::date)) AS "lost!",
       count(*) FILTER (WHERE c.last_consume_date BETWEEN $1::date - 90 AND $1::date - 61) AS "gone!",
       coalesce(sum(c.total_visit_count), 0) AS "visits!"
FROM newest
LEFT JOIN app.v_dws_member_consumption_summary c ON c.stat_date = newest.stat_date
GROUP BY newest.stat_date
