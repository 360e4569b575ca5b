-- $1, $2: first and last business date. Totals up to each of every pair that ever had a service.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
served AS MATERIALIZED (
    SELECT s.site_assistant_id AS assistant_id, s.tenant_member_id AS member_id,
           ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day,
           count(*) AS services, sum(s.income_seconds) AS seconds, sum(s.ledger_amount) AS amount
    FROM app.v_dwd_assistant_service_log s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.tenant_member_id <> 0
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2, 3
),
-- Totals as they stand from a service on, until the day before the next.
running AS (
    SELECT assistant_id, member_id, day,
           lead(day) OVER up_to AS next_day,
           min(day) OVER up_to AS first_day,
           sum(services) OVER up_to AS services,
           sum(seconds) OVER up_to AS seconds,
           sum(amount) OVER up_to AS amount
    FROM served
    WINDOW up_to AS (PARTITION BY assistant_id, member_id ORDER BY day)
)
SELECT $1::date + n AS stat_date, r.assistant_id, r.member_id, r.services AS service_count_total,
       round(r.seconds / 3600.0, 2) AS hours_total, r.amount AS ledger_amount_total,
       r.first_day AS first_service_date, r.day AS last_service_date
FROM running r
CROSS JOIN LATERAL generate_series(
    greatest(r.day, $1::date) - $1::date,
    least(coalesce(r.next_day - 1, $2::date), $2::date) - $1::date
) AS n
ORDER BY 1, 2, 3
