-- $1, $2: first and last business date, $3, $4: the same as instants, until exclusive, $5: zone, $6: cut-off hour. Cash by
-- source, of the days that the summary has: the parts add up to its cash_in.
WITH day AS (
    SELECT stat_date, recharge_in,
           CASE stat_date WHEN $1 THEN $3 ELSE (stat_date + make_interval(hours => $6::integer)) AT TIME ZONE $5::text END AS begins,
           CASE stat_date WHEN $2 THEN $4
                ELSE (stat_date + 1 + make_interval(hours => $6::integer)) AT TIME ZONE $5::text END AS ends
    FROM app.v_dws_finance_daily_summary
    WHERE stat_date BETWEEN $1 AND $2
), platform AS MATERIALIZED (
    SELECT p.stat_date, p.platform, p.settled_amount
    FROM app.v_dws_platform_settlement p
    WHERE p.stat_date BETWEEN $1 AND $2
), taken AS MATERIALIZED (
    -- One pass through the till's index, a day at a time: which row is of which day costs nothing then.
    SELECT day.stat_date, day.recharge_in, till.cash, till.online, till.groupbuy
    FROM day
    CROSS JOIN LATERAL (
        SELECT sum(s.cash_paid) AS cash, sum(s.online_paid) AS online, sum(s.groupbuy_paid) AS groupbuy
        FROM app.v_dwd_settlement s
        WHERE s.create_time >= day.begins AND s.create_time < day.ends AND s.is_delete = 0 AND s.settle_type IN (1, 3)
    ) AS till
)
SELECT source AS "source!", platform AS "platform?", sum(amount) AS "amount!",
       (SELECT max(stat_date) FROM taken) AS "stat_date!"
FROM (
    SELECT kind.source, NULL AS platform, kind.amount
    FROM taken
    CROSS JOIN LATERAL (VALUES ('cash', cash), ('online', online), ('recharge', recharge_in)) AS kind (source, amount)
    UNION ALL
    -- Rule 7, group-buying once: as settled where the day has a platform's statement, else as the till booked it.
    SELECT 'groupbuy', platform, settled_amount FROM platform WHERE stat_date IN (SELECT stat_date FROM taken)
    UNION ALL
    SELECT 'groupbuy', NULL, groupbuy
    FROM taken t
    WHERE NOT EXISTS (SELECT FROM platform p WHERE p.stat_date = t.stat_date)
) AS inflow
GROUP BY 1, 2
HAVING sum(amount) <> 0
ORDER BY 1, 2 NULLS LAST
