-- $1: Monday of the oldest of eight weeks, $2: today, $3: members. Visits (business dates with consumption) by week.
SELECT v.member_id AS "member_id!",
       (date_trunc('week', v.visit_date)::date - $1::date) / 7 AS "week!",
       count(DISTINCT v.visit_date) AS "visits!"
FROM app.v_dws_member_visit_detail v
WHERE v.member_id = ANY ($3) AND v.visit_date BETWEEN $1 AND $2
GROUP BY 1, 2
ORDER BY 1, 2
