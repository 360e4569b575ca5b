-- $1, $2: first and last business date. SPI of every member with consumption in the 180 days up to each.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
spent AS MATERIALIZED (
    SELECT s.member_id,
           ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day,
           sum(s.ledger_amount) AS amount
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.member_id <> 0
      AND s.create_time >= (SELECT (($1::date - 180) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2
),
recharge AS MATERIALIZED (
    SELECT r.member_id, ((r.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day, sum(r.pay_amount) AS paid
    FROM app.v_dwd_recharge_order r
    CROSS JOIN hall
    WHERE r.is_delete = 0
      AND r.create_time >= (SELECT (($1::date - 180) + cutoff) AT TIME ZONE zone FROM hall)
      AND r.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2
),
dates AS MATERIALIZED (
    SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n
),
spending AS (
    SELECT d.stat_date, s.member_id, greatest(sum(s.amount), 0)::double precision AS amount
    FROM dates d
    JOIN spent s ON s.day BETWEEN d.stat_date - 179 AND d.stat_date
    GROUP BY 1, 2
),
recharged AS (
    SELECT d.stat_date, r.member_id, greatest(sum(r.paid), 0)::double precision AS paid
    FROM dates d
    JOIN recharge r ON r.day BETWEEN d.stat_date - 179 AND d.stat_date
    GROUP BY 1, 2
),
-- ln(1 + spend) + 0.5·ln(1 + recharges).
raw AS MATERIALIZED (
    SELECT s.stat_date, s.member_id,
           round((ln(1 + s.amount) + 0.5 * ln(1 + coalesce(r.paid, 0)))::numeric, 9) AS x
    FROM spending s
    LEFT JOIN recharged r USING (stat_date, member_id)
),
bounds AS (
    SELECT stat_date,
           percentile_cont(0.05) WITHIN GROUP (ORDER BY x::double precision) AS p5,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY x::double precision) AS p95
    FROM raw
    WHERE x > 0
    GROUP BY stat_date
)
SELECT stat_date, member_id,
       round(round((CASE WHEN x = 0 THEN 0
                         WHEN p95 = p5 THEN 5
                         ELSE 10 * least(greatest((x::double precision - p5) / (p95 - p5), 0), 1)
                    END)::numeric, 6), 2) AS spi_score
FROM raw
LEFT JOIN bounds USING (stat_date)
ORDER BY stat_date, member_id
