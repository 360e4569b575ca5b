-- $1, $2: first and last business date.
SELECT discount_type AS "discount_type!", sum(amount) AS "amount!", max(stat_date) AS "stat_date!"
FROM app.v_dws_finance_discount_detail
WHERE stat_date BETWEEN $1 AND $2
GROUP BY 1
ORDER BY 2 DESC, 1
