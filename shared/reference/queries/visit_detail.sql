-- $1, $2: first and last business date. Each consumption of a member in between.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
bounds AS MATERIALIZED (
    SELECT (($1::date - 1) + cutoff) AT TIME ZONE zone AS first, (($2::date + 2) + cutoff) AT TIME ZONE zone AS last
    FROM hall
),
-- A settlement does not say when the guest came: the first service in it does.
served AS MATERIALIZED (
    SELECT l.order_settle_id, min(l.start_use_time) AS began
    FROM app.v_dwd_assistant_service_log l
    WHERE l.is_delete = 0
      AND l.create_time >= (SELECT first FROM bounds)
      AND l.create_time < (SELECT last FROM bounds)
    GROUP BY 1
)
SELECT visit_date, member_id, order_settle_id, site_table_id, consume_amount,
       floor(extract(epoch FROM create_time - began) / 60)::integer AS stay_minutes
FROM (
    SELECT ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS visit_date, s.member_id, s.order_settle_id,
           s.site_table_id, s.ledger_amount AS consume_amount, s.create_time
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.member_id <> 0
      AND s.create_time >= (SELECT first FROM bounds)
      AND s.create_time < (SELECT last FROM bounds)
) AS settled
LEFT JOIN served USING (order_settle_id)
WHERE visit_date BETWEEN $1 AND $2
ORDER BY visit_date, order_settle_id
