-- $1, $2: first and last business date.
SELECT expense_group AS "expense_group!", item_name AS "item!", sum(amount) AS "amount!", max(stat_date) AS "stat_date!"
FROM app.v_dws_finance_expense_summary
WHERE stat_date BETWEEN $1 AND $2
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
