-- $1, $2: first and last business date. One day of every coach who was there or served.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
-- From the first of the month on: the tier reached on a day depends on the days before.
dates AS MATERIALIZED (
    SELECT date_trunc('month', $1::date)::date + n AS stat_date,
           ((date_trunc('month', $1::date)::date + n + 1) + hall.cutoff) AT TIME ZONE hall.zone AS ends
    FROM hall
    CROSS JOIN generate_series(0, $2::date - date_trunc('month', $1::date)::date) AS n
),
-- The version valid at the end of the date, until the day of leaving.
staff AS MATERIALIZED (
    SELECT DISTINCT ON (d.stat_date, a.assistant_id) d.stat_date, a.assistant_id, a.level_code, a.level_name,
           coalesce(((a.entry_time AT TIME ZONE hall.zone) - hall.cutoff)::date <= d.stat_date, true)
               AND coalesce(((a.resign_time AT TIME ZONE hall.zone) - hall.cutoff)::date >= d.stat_date, true) AS there
    FROM dates d
    JOIN app.v_dim_assistant a
      ON a.scd2_start_time < d.ends AND (a.scd2_end_time IS NULL OR a.scd2_end_time >= d.ends)
    CROSS JOIN hall
    ORDER BY d.stat_date, a.assistant_id, a.scd2_start_time DESC
),
-- Walk-ins are paid for like members, and are nobody's customers.
worked AS MATERIALIZED (
    SELECT s.site_assistant_id AS assistant_id,
           ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date,
           coalesce(sum(s.income_seconds) FILTER (WHERE s.course_kind = 'base'), 0) AS base,
           coalesce(sum(s.income_seconds) FILTER (WHERE s.course_kind = 'bonus'), 0) AS bonus,
           count(*) AS services,
           count(DISTINCT s.tenant_member_id) FILTER (WHERE s.tenant_member_id <> 0) AS customers,
           sum(s.ledger_amount) AS amount
    FROM app.v_dwd_assistant_service_log s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.create_time >= (SELECT ((date_trunc('month', $1::date)::date - 1) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2
),
day AS (
    SELECT stat_date, assistant_id, level_code, level_name, coalesce(there, false) AS there,
           coalesce(base, 0) AS base, coalesce(bonus, 0) AS bonus, coalesce(services, 0) AS services,
           coalesce(customers, 0) AS customers, coalesce(amount, 0) AS amount,
           sum(coalesce(base, 0) + coalesce(bonus, 0))
               OVER (PARTITION BY assistant_id, date_trunc('month', stat_date) ORDER BY stat_date) AS month_seconds
    FROM staff
    FULL JOIN worked USING (stat_date, assistant_id)
)
SELECT d.stat_date, d.assistant_id, d.level_code AS assistant_level_code, d.level_name AS assistant_level_name,
       round(d.base / 3600.0, 2) AS base_hours,
       round(d.bonus / 3600.0, 2) AS bonus_hours,
       round(d.base * coalesce(t.base_course_price, 0) / 3600, 2) AS base_income,
       round(d.bonus * coalesce(t.bonus_course_price, 0) / 3600, 2) AS bonus_income,
       d.services AS service_count, d.customers AS customer_count, d.amount AS total_ledger_amount
FROM day d
LEFT JOIN LATERAL (
    SELECT p.base_course_price, p.bonus_course_price
    FROM app.v_cfg_performance_tier p
    WHERE p.min_hours * 3600 <= d.month_seconds
      AND p.effective_from = (
          SELECT max(f.effective_from) FROM app.v_cfg_performance_tier f WHERE f.effective_from <= d.stat_date
      )
    ORDER BY p.min_hours DESC
    LIMIT 1
) AS t ON d.services > 0
WHERE d.stat_date BETWEEN $1 AND $2 AND (d.there OR d.services > 0)
ORDER BY d.stat_date, d.assistant_id
