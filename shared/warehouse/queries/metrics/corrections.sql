-- $1, $2: first and last business date, $3: coach or null for all.
SELECT kind, sum(amount) AS "amount!"
FROM app.v_dws_salary_adjustment
WHERE effective_date BETWEEN $1 AND $2 AND ($3::bigint IS NULL OR assistant_id = $3)
GROUP BY kind
