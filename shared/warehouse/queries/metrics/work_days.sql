-- $1, $2: first and last business date, $3: coach.
SELECT stat_date, base_hours, bonus_hours, total_ledger_amount
FROM app.v_dws_assistant_daily_detail
WHERE stat_date BETWEEN $1 AND $2 AND assistant_id = $3
ORDER BY stat_date
