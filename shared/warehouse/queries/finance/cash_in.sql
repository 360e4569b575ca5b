-- $1, $2: first and last business date, $3, $4: the same as instants, until exclusive, $5: zone, $6: cut-off hour. Cash by
-- source. Rule 7: group-buying once, of a day with a platform's statement as settled, of another as the till booked it.
WITH day AS (
    SELECT stat_date
    FROM app.v_dws_finance_daily_summary
    WHERE stat_date BETWEEN $1 AND $2
), settled AS MATERIALIZED (
    SELECT ((s.create_time AT TIME ZONE $5::text) - make_interval(hours => $6::integer))::date AS stat_date,
           sum(s.cash_paid) AS cash, sum(s.online_paid) AS online, sum(s.groupbuy_paid) AS groupbuy
    FROM app.v_dwd_settlement s
    WHERE s.is_delete = 0 AND s.settle_type IN (1, 3) AND s.create_time >= $3 AND s.create_time < $4
    GROUP BY 1
), platform AS (
    SELECT stat_date, platform, settled_amount
    FROM app.v_dws_platform_settlement
    WHERE stat_date BETWEEN $1 AND $2
)
SELECT source AS "source!", platform AS "platform?", sum(amount) AS "amount!"
FROM (
    SELECT stat_date, 'cash' AS source, NULL AS platform, cash AS amount FROM settled
    UNION ALL
    SELECT stat_date, 'online', NULL, online FROM settled
    UNION ALL
    SELECT stat_date, 'groupbuy', NULL, groupbuy FROM settled
    WHERE NOT EXISTS (SELECT FROM platform p WHERE p.stat_date = settled.stat_date)
    UNION ALL
    SELECT stat_date, 'groupbuy', platform, settled_amount FROM platform
    UNION ALL
    SELECT stat_date, 'recharge', NULL, recharge_in FROM app.v_dws_finance_daily_summary WHERE stat_date BETWEEN $1 AND $2
) AS inflow
-- No further than the summary reaches: the parts add up to its cash_in.
WHERE stat_date IN (SELECT stat_date FROM day)
GROUP BY 1, 2
HAVING sum(amount) <> 0
ORDER BY 1, 2 NULLS LAST
