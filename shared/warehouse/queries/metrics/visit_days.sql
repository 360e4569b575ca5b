-- $1, $2: first (null: since the hall opened) and last business date. Members of each day.
SELECT visit_date, count(DISTINCT member_id) AS "visits!"
FROM app.v_dws_member_visit_detail
WHERE visit_date <= $2 AND ($1::date IS NULL OR visit_date >= $1)
GROUP BY visit_date
ORDER BY visit_date
