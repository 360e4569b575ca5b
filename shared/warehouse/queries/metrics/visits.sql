-- $1, $2: first and last business date. A visit is a business date on which a member consumed.
SELECT count(DISTINCT (visit_date, member_id)) AS "visits!"
FROM app.v_dws_member_visit_detail
WHERE visit_date BETWEEN $1 AND $2
