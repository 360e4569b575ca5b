-- $1, $2: first and last business date. Movements of each kind of card on each, and what the cards hold at its end.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
bounds AS MATERIALIZED (
    SELECT (($1::date - 1) + cutoff) AT TIME ZONE zone AS first, (($2::date + 2) + cutoff) AT TIME ZONE zone AS last
    FROM hall
),
paid AS (
    SELECT ((r.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date,
           sum(r.pay_amount) AS added,
           coalesce(sum(r.pay_amount) FILTER (WHERE r.is_first), 0) AS first_time
    FROM app.v_dwd_recharge_order r
    CROSS JOIN hall
    WHERE r.is_delete = 0
      AND r.card_kind = 'stored'
      AND r.create_time >= (SELECT first FROM bounds)
      AND r.create_time < (SELECT last FROM bounds)
    GROUP BY 1
),
consumed AS (
    SELECT ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS stat_date, sum(s.card_paid) AS taken
    FROM app.v_dwd_settlement s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.settle_type IN (1, 3)
      AND s.create_time >= (SELECT first FROM bounds)
      AND s.create_time < (SELECT last FROM bounds)
    GROUP BY 1
),
card AS MATERIALIZED (
    SELECT card_kind, balance, balance - lag(balance, 1, 0) OVER (PARTITION BY card_account_id ORDER BY scd2_start_time) AS moved,
           ((scd2_start_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS begins,
           ((scd2_end_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS ends
    FROM app.v_dim_member_card_account
    CROSS JOIN hall
),
-- No order says which gift card it filled, no settlement which one it took from: the cards' own movements do.
gift AS (
    SELECT begins AS stat_date, card_kind,
           coalesce(sum(moved) FILTER (WHERE moved > 0), 0) AS added,
           coalesce(-sum(moved) FILTER (WHERE moved < 0), 0) AS taken
    FROM card
    WHERE card_kind <> 'stored'
    GROUP BY 1, 2
),
-- A version comes in on the date it begins and goes out on the date it ends.
step AS (
    SELECT card_kind, greatest(day, $1::date) AS stat_date, sum(amount) AS amount
    FROM (
        SELECT card_kind, begins AS day, balance AS amount FROM card
        UNION ALL
        SELECT card_kind, ends, -balance FROM card WHERE ends IS NOT NULL
    ) AS change
    WHERE day <= $2
    GROUP BY 1, 2
)
SELECT stat_date, card_kind,
       coalesce(CASE card_kind WHEN 'stored' THEN paid.added ELSE gift.added END, 0) AS new_amount,
       coalesce(CASE card_kind WHEN 'stored' THEN paid.first_time END, 0) AS first_amount,
       coalesce(CASE card_kind WHEN 'stored' THEN paid.added - paid.first_time END, 0) AS renew_amount,
       coalesce(CASE card_kind WHEN 'stored' THEN consumed.taken ELSE gift.taken END, 0) AS consumed_amount,
       sum(coalesce(step.amount, 0)) OVER (PARTITION BY card_kind ORDER BY stat_date) AS balance
FROM (SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n) AS d
CROSS JOIN unnest(ARRAY['stored', 'gift_table', 'gift_drink', 'gift_voucher']) AS kind (card_kind)
LEFT JOIN paid USING (stat_date)
LEFT JOIN consumed USING (stat_date)
LEFT JOIN gift USING (stat_date, card_kind)
LEFT JOIN step USING (stat_date, card_kind)
ORDER BY stat_date, card_kind
