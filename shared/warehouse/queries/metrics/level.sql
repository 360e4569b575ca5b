-- $1: today, $2: coach. The coach's level on the view's newest day.
SELECT newest.stat_date, d.assistant_level_name AS "level?"
FROM (
    SELECT max(stat_date) AS stat_date FROM app.v_dws_assistant_daily_detail WHERE stat_date <= $1
) AS newest
LEFT JOIN app.v_dws_assistant_daily_detail d ON d.stat_date = newest.stat_date AND d.assistant_id = $2
