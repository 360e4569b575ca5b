-- $1: today, $2: members. The row without a member carries the date when none of them is in the snapshot.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_consumption_summary
    WHERE stat_date <= $1
)
SELECT newest.stat_date, c.member_id AS "member_id?", c.last_consume_date AS "last_consume_date?"
FROM newest
LEFT JOIN app.v_dws_member_consumption_summary c
       ON c.stat_date = newest.stat_date AND c.member_id = ANY ($2)
ORDER BY c.member_id
