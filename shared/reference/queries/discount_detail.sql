-- $1, $2: first and last business date. Discounts on consumption of each, by kind, on the date of the settlement.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
)
SELECT stat_date, discount_type, sum(amount) AS amount
FROM (
    SELECT ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date, d.discount_type, d.amount
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    JOIN app.v_dwd_discount d USING (order_settle_id)
    WHERE s.is_delete = 0
      AND d.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.create_time >= (SELECT (($1::date - 1) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
) AS discount
WHERE stat_date BETWEEN $1 AND $2
GROUP BY 1, 2
ORDER BY 1, 2
