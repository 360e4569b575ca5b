-- $1, $2: first and last business date, $3: dimension, $4: one category or null for all.
SELECT category_name AS "category!", sum(gross_amount) AS "gross!", sum(discount_amount) AS "discount!",
       sum(net_amount) AS "net!", max(stat_date) AS "stat_date!"
FROM app.v_dws_finance_income_structure
WHERE stat_date BETWEEN $1 AND $2 AND dimension = $3 AND ($4::text IS NULL OR category_name = $4)
GROUP BY 1
ORDER BY 2 DESC, 1
