-- $1, $2: first and last business date. Visits and spending up to each of every member who ever consumed.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
-- A visit is a business date with consumption.
visit AS MATERIALIZED (
    SELECT s.member_id,
           ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day,
           count(*) FILTER (WHERE s.settle_type = 1) AS tables,
           sum(s.ledger_amount) AS amount
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.member_id <> 0
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2
),
-- Totals as they stand from a visit on, until the day before the next.
running AS (
    SELECT member_id, day,
           lead(day) OVER up_to AS next_day,
           min(day) OVER up_to AS first_day,
           row_number() OVER up_to AS visits,
           sum(tables) OVER up_to AS tables,
           sum(amount) OVER up_to AS amount
    FROM visit
    WINDOW up_to AS (PARTITION BY member_id ORDER BY day)
),
lifetime AS (
    SELECT $1::date + n AS stat_date, r.*
    FROM running r
    CROSS JOIN LATERAL generate_series(
        greatest(r.day, $1::date) - $1::date,
        least(coalesce(r.next_day - 1, $2::date), $2::date) - $1::date
    ) AS n
),
dates AS MATERIALIZED (
    SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n
),
lately AS (
    SELECT d.stat_date, v.member_id, count(*) AS visits, sum(v.amount) AS amount
    FROM dates d
    JOIN visit v ON v.day BETWEEN d.stat_date - 59 AND d.stat_date
    GROUP BY 1, 2
)
SELECT l.stat_date,
       l.member_id,
       l.first_day AS first_consume_date,
       l.day AS last_consume_date,
       l.visits AS total_visit_count,
       l.tables AS total_open_table_count,
       l.amount AS total_consume_amount,
       coalesce(lately.visits, 0) AS visit_count_60d,
       coalesce(lately.amount, 0) AS consume_amount_60d
FROM lifetime l
LEFT JOIN lately USING (stat_date, member_id)
ORDER BY l.stat_date, l.member_id
