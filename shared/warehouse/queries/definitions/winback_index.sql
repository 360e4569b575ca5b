-- $1, $2: first and last business date. WBI of every member with two visits in the 180 days up to each.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
-- A visit is a business date with consumption; `before` is the visit before it.
visit AS MATERIALIZED (
    SELECT member_id, day, amount, lag(day) OVER (PARTITION BY member_id ORDER BY day) AS before
    FROM (
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
    ) AS daily
),
dates AS MATERIALIZED (
    SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n
),
-- The rhythm is the median of the days between the visits of the window.
rhythm AS MATERIALIZED (
    SELECT d.stat_date, v.member_id,
           d.stat_date - max(v.day) AS days_since,
           greatest(sum(v.amount), 0)::double precision AS spend,
           greatest(percentile_cont(0.5) WITHIN GROUP (ORDER BY (v.day - v.before)::double precision)
                        FILTER (WHERE v.before >= d.stat_date - 179), 3) AS gap_days
    FROM dates d
    JOIN visit v ON v.day BETWEEN d.stat_date - 179 AND d.stat_date
    GROUP BY 1, 2
    HAVING count(*) >= 2
),
-- ln(1 + overdue)·ln(1 + spend), overdue counted in rhythms.
raw AS MATERIALIZED (
    SELECT stat_date, member_id, gap_days,
           round((ln(1 + greatest(0, days_since / gap_days - 1)) * ln(1 + spend))::numeric, 9) AS x
    FROM rhythm
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
                    END)::numeric, 6), 2) AS wbi_score,
       round(gap_days::numeric, 2) AS gap_days
FROM raw
LEFT JOIN bounds USING (stat_date)
ORDER BY stat_date, member_id
