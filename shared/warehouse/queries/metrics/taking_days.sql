-- $1, $2: first (null: since the hall opened) and last business date.
SELECT stat_date, gross_amount, confirmed_income
FROM app.v_dws_finance_daily_summary
WHERE stat_date <= $2 AND ($1::date IS NULL OR stat_date >= $1)
ORDER BY stat_date
