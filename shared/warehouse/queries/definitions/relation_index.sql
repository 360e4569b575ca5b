-- $1, $2: first and last business date. RS and relation_index of every pair with a valid service in the 180 days up to each.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
-- Services of a pair on a business date; walk-ins have no member.
served AS MATERIALIZED (
    SELECT s.site_assistant_id AS assistant_id,
           s.tenant_member_id AS member_id,
           ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day,
           count(*) AS services,
           sum(s.income_seconds) AS seconds,
           sum(s.income_seconds * CASE s.course_kind WHEN 'bonus' THEN 1.5 ELSE 1.0 END)::double precision AS weighed,
           max(s.create_time) AS last_service_time
    FROM app.v_dwd_assistant_service_log s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.tenant_member_id <> 0
      AND s.create_time >= (SELECT (($1::date - 180) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2, 3
),
dates AS MATERIALIZED (
    SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n
),
-- ln(1 + Σ h(age, 21)·hours), the sum over the last 60 days; x has nine places, so that the order of adding does not show.
raw AS MATERIALIZED (
    SELECT d.stat_date, s.assistant_id, s.member_id,
           round(ln(1 + coalesce(
               sum(power(0.5::double precision, (d.stat_date - s.day) / 21.0::double precision) * s.weighed / 3600)
                   FILTER (WHERE s.day > d.stat_date - 60), 0))::numeric, 9) AS x,
           coalesce(sum(s.services) FILTER (WHERE s.day > d.stat_date - 60), 0) AS service_count_60d,
           round(coalesce(sum(s.seconds) FILTER (WHERE s.day > d.stat_date - 60), 0) / 3600.0, 2) AS hours_60d,
           max(s.last_service_time) AS last_service_time
    FROM dates d
    JOIN served s ON s.day BETWEEN d.stat_date - 179 AND d.stat_date
    GROUP BY 1, 2, 3
),
bounds AS (
    SELECT stat_date,
           percentile_cont(0.05) WITHIN GROUP (ORDER BY x::double precision) AS p5,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY x::double precision) AS p95
    FROM raw
    WHERE x > 0
    GROUP BY stat_date
),
scored AS (
    SELECT raw.*,
           round(round((CASE WHEN x = 0 THEN 0
                             WHEN p95 = p5 THEN 5
                             ELSE 10 * least(greatest((x::double precision - p5) / (p95 - p5), 0), 1)
                        END)::numeric, 6), 2) AS score
    FROM raw
    LEFT JOIN bounds USING (stat_date)
)
SELECT stat_date, member_id, assistant_id, score AS rs_score, score / 10 AS relation_index,
       service_count_60d, hours_60d, last_service_time
FROM scored
ORDER BY stat_date, assistant_id, member_id
