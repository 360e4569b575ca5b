-- $1, $2: first and last business date. NCI of every member registered in the 60 days up to each, with at most two visits.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
-- Every version of a member carries the same register_time.
joined AS MATERIALIZED (
    SELECT member_id, day
    FROM (
        SELECT m.member_id, ((min(m.register_time) AT TIME ZONE min(hall.zone)) - min(hall.cutoff))::date AS day
        FROM app.v_dim_member m
        CROSS JOIN hall
        GROUP BY m.member_id
    ) AS member
    WHERE day BETWEEN $1::date - 59 AND $2::date
),
dates AS MATERIALIZED (
    SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n
),
fresh AS MATERIALIZED (
    SELECT d.stat_date, j.member_id, d.stat_date - j.day AS age
    FROM dates d
    JOIN joined j ON j.day BETWEEN d.stat_date - 59 AND d.stat_date
),
-- A visit is a business date with consumption.
visit AS MATERIALIZED (
    SELECT DISTINCT s.member_id, ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.member_id IN (SELECT member_id FROM joined)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
),
recharge AS MATERIALIZED (
    SELECT r.member_id, ((r.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day, sum(r.pay_amount) AS paid
    FROM app.v_dwd_recharge_order r
    CROSS JOIN hall
    WHERE r.is_delete = 0
      AND r.member_id IN (SELECT member_id FROM joined)
      AND r.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2
),
visited AS (
    SELECT f.stat_date, f.member_id, f.age, count(v.day) AS visits
    FROM fresh f
    LEFT JOIN visit v ON v.member_id = f.member_id AND v.day <= f.stat_date
    GROUP BY 1, 2, 3
    HAVING count(v.day) <= 2
),
recharged AS (
    SELECT f.stat_date, f.member_id, sum(r.paid) AS paid
    FROM fresh f
    JOIN recharge r ON r.member_id = f.member_id AND r.day <= f.stat_date
    GROUP BY 1, 2
),
-- h(days since registration, 21)·(1 + visits)·ln(2 + recharges).
raw AS MATERIALIZED (
    SELECT v.stat_date, v.member_id,
           round((power(0.5::double precision, v.age / 21.0::double precision)
                  * (1 + v.visits)
                  * ln(2 + coalesce(greatest(r.paid, 0), 0)::double precision))::numeric, 9) AS x
    FROM visited v
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
                    END)::numeric, 6), 2) AS nci_score
FROM raw
LEFT JOIN bounds USING (stat_date)
ORDER BY stat_date, member_id
