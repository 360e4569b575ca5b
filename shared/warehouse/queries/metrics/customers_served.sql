-- $1: today, $2: coach.
SELECT newest.stat_date, count(c.member_id) AS "customers!"
FROM (
    SELECT max(stat_date) AS stat_date FROM app.v_dws_assistant_customer_stats WHERE stat_date <= $1
) AS newest
LEFT JOIN app.v_dws_assistant_customer_stats c ON c.stat_date = newest.stat_date AND c.assistant_id = $2
GROUP BY newest.stat_date
