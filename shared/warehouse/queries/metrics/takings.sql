-- $1: today. Since the hall opened.
SELECT max(stat_date) AS stat_date, coalesce(sum(gross_amount), 0) AS "gross!",
       coalesce(sum(confirmed_income), 0) AS "confirmed!"
FROM app.v_dws_finance_daily_summary
WHERE stat_date <= $1
