-- $1, $2: first and last business date. The money of each, walk-ins included; after the expenses of those dates.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT site_id, timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
bounds AS MATERIALIZED (
    SELECT (($1::date - 1) + cutoff) AT TIME ZONE zone AS first, (($2::date + 2) + cutoff) AT TIME ZONE zone AS last
    FROM hall
),
settled AS (
    SELECT ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date,
           sum(s.ledger_amount) AS gross, sum(s.discount_amount) AS discount, sum(s.card_paid) AS card,
           sum(s.cash_paid + s.online_paid) AS till, sum(s.groupbuy_paid) AS groupbuy
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.create_time >= (SELECT first FROM bounds)
      AND s.create_time < (SELECT last FROM bounds)
    GROUP BY 1
),
recharged AS (
    SELECT ((r.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date, sum(r.pay_amount) AS paid
    FROM app.v_dwd_recharge_order r
    CROSS JOIN hall
    WHERE r.is_delete = 0
      AND r.create_time >= (SELECT first FROM bounds)
      AND r.create_time < (SELECT last FROM bounds)
    GROUP BY 1
),
platform AS (
    SELECT stat_date, sum(settled_amount) AS settled
    FROM app.v_dws_platform_settlement
    WHERE stat_date BETWEEN $1 AND $2
    GROUP BY 1
),
expense AS (
    SELECT stat_date, sum(amount) AS spent
    FROM app.v_dws_finance_expense_summary
    WHERE stat_date BETWEEN $1 AND $2
    GROUP BY 1
)
-- Group-buying comes in once: as settled where the day has a platform's statement, else as the till booked it.
SELECT stat_date,
       coalesce(gross, 0) AS gross_amount,
       coalesce(discount, 0) AS discount_amount,
       coalesce(gross, 0) - coalesce(discount, 0) AS confirmed_income,
       coalesce(till, 0) + coalesce(paid, 0) + coalesce(settled, groupbuy, 0) AS cash_in,
       coalesce(spent, 0) AS cash_out,
       coalesce(paid, 0) AS recharge_in,
       coalesce(card, 0) AS card_consumed
FROM (SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n) AS d
LEFT JOIN settled USING (stat_date)
LEFT JOIN recharged USING (stat_date)
LEFT JOIN platform USING (stat_date)
LEFT JOIN expense USING (stat_date)
ORDER BY stat_date
