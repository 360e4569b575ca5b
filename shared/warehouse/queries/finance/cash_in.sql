-- $1, $2: first and last business date, $3, $4: the same as instants, until exclusive, $5: zone, $6: cut-off hour. Cash by
-- source, of the days that the summary has: the parts add up to its cash_in.
WITH day AS MATERIALIZED (
    SELECT stat_date, recharge_in,
           CASE stat_date WHEN $1 THEN $3 ELSE (stat_date + make_interval(hours => $6::integer)) AT TIME ZONE $5::text END AS begins,
           CASE stat_date WHEN $2 THEN $4
                ELSE (stat_date + 1 + make_interval(hours => $6::integer)) AT TIME ZONE $5::text END AS ends,
           stat_date - row_number() OVER (ORDER BY stat_date)::integer AS run
    FROM app.v_dws_finance_daily_summary
    WHERE stat_date BETWEEN $1 AND $2
), till AS (
    -- Days on end are one range of time.
    SELECT sum(s.cash_paid) AS cash, sum(s.online_paid) AS online
    FROM (SELECT min(begins) AS begins, max(ends) AS ends FROM day GROUP BY run) AS span
    JOIN app.v_dwd_settlement s ON s.create_time >= span.begins AND s.create_time < span.ends
    WHERE s.is_delete = 0 AND s.settle_type IN (1, 3)
), platform AS MATERIALIZED (
    SELECT p.stat_date, p.platform, p.settled_amount
    FROM app.v_dws_platform_settlement p
    WHERE p.stat_date IN (SELECT stat_date FROM day)
)
SELECT source AS "source!", platform AS "platform?", sum(amount) AS "amount!"
FROM (
    SELECT 'cash' AS source, NULL AS platform, cash AS amount FROM till
    UNION ALL
    SELECT 'online', NULL, online FROM till
    UNION ALL
    SELECT 'recharge', NULL, recharge_in FROM day
    UNION ALL
    -- Rule 7, group-buying once: as settled where the day has a platform's statement, else as the till booked it.
    SELECT 'groupbuy', platform, settled_amount FROM platform
    UNION ALL
    SELECT 'groupbuy', NULL, s.groupbuy_paid
    FROM day
    JOIN app.v_dwd_settlement s ON s.create_time >= day.begins AND s.create_time < day.ends
    WHERE s.is_delete = 0 AND s.settle_type IN (1, 3) AND s.groupbuy_paid <> 0
      AND NOT EXISTS (SELECT FROM platform p WHERE p.stat_date = day.stat_date)
) AS inflow
GROUP BY 1, 2
HAVING sum(amount) <> 0
ORDER BY 1, 2 NULLS LAST
