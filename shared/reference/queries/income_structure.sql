-- $1, $2: first and last business date. Income of each by area and by item; either sums to the day's.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT site_id, timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
settled AS MATERIALIZED (
    SELECT ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date,
           coalesce(t.area_name, '其他') AS area,
           s.table_charge_money, s.goods_money, s.assistant_pd_money, s.assistant_cx_money,
           s.ledger_amount, s.discount_amount
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    LEFT JOIN dim.site_table t ON t.site_id = hall.site_id AND t.site_table_id = s.site_table_id
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.create_time >= (SELECT (($1::date - 1) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
),
-- A discount is off the whole settlement: each item bears its share of the ledger, cents by running totals, so that the
-- shares add up to it.
item AS (
    SELECT s.stat_date, i.category, i.amount,
           CASE WHEN s.ledger_amount = 0 THEN CASE i.category WHEN '台费' THEN s.discount_amount ELSE 0 END
                ELSE round(s.discount_amount * i.up_to / s.ledger_amount, 2)
                   - round(s.discount_amount * (i.up_to - i.amount) / s.ledger_amount, 2)
           END AS discount
    FROM settled s
    CROSS JOIN LATERAL (VALUES
        ('台费', s.table_charge_money, s.table_charge_money),
        ('酒水', s.goods_money, s.table_charge_money + s.goods_money),
        ('基础课', s.assistant_pd_money, s.table_charge_money + s.goods_money + s.assistant_pd_money),
        ('激励课', s.assistant_cx_money, s.ledger_amount)
    ) AS i (category, amount, up_to)
)
SELECT stat_date, dimension, category_name, gross_amount, discount_amount, gross_amount - discount_amount AS net_amount
FROM (
    SELECT stat_date, 'area' AS dimension, area AS category_name, sum(ledger_amount) AS gross_amount,
           sum(discount_amount) AS discount_amount
    FROM settled
    GROUP BY 1, 3
    UNION ALL
    SELECT stat_date, 'item', category, sum(amount), sum(discount)
    FROM item
    GROUP BY 1, 3
    HAVING sum(amount) <> 0 OR sum(discount) <> 0
) AS category
WHERE stat_date BETWEEN $1 AND $2
ORDER BY stat_date, dimension, category_name
