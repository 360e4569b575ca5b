-- $1, $2: first and last business date. Sums of the days; the newest of them says how far they reach.
SELECT max(stat_date) AS stat_date,
       coalesce(sum(gross_amount), 0) AS "gross!", coalesce(sum(discount_amount), 0) AS "discount!",
       coalesce(sum(confirmed_income), 0) AS "confirmed!", coalesce(sum(cash_in), 0) AS "cash_in!",
       coalesce(sum(cash_out), 0) AS "cash_out!", coalesce(sum(recharge_in), 0) AS "recharge_in!",
       coalesce(sum(card_consumed), 0) AS "card_consumed!"
FROM app.v_dws_finance_daily_summary
WHERE stat_date BETWEEN $1 AND $2
