-- $1, $2: first and last business date. Stickiness of every member with a visit in the 180 days up to each.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
-- A visit is a business date with consumption.
visit AS MATERIALIZED (
    SELECT DISTINCT s.member_id, ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.member_id <> 0
      AND s.create_time >= (SELECT (($1::date - 180) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
),
dates AS MATERIALIZED (
    SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n
),
-- ln(1 + Σ h(age, 30)) over the visits.
raw AS MATERIALIZED (
    SELECT d.stat_date, v.member_id,
           round(ln(1 + sum(power(0.5::double precision, (d.stat_date - v.day) / 30.0::double precision)))::numeric, 9) AS x
    FROM dates d
    JOIN visit v ON v.day BETWEEN d.stat_date - 179 AND d.stat_date
    GROUP BY 1, 2
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
                    END)::numeric, 6), 2) AS stickiness_score
FROM raw
LEFT JOIN bounds USING (stat_date)
ORDER BY stat_date, member_id
