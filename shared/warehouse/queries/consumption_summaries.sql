-- $1: today, $2: members. The row without a member carries the date when none of them is in the snapshot.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_consumption_summary
    WHERE stat_date <= $1
)
SELECT newest.stat_date, c.member_id AS "member_id?", c.first_consume_date AS "first_consume_date?",
       c.last_consume_date AS "last_consume_date?", c.total_visit_count::bigint AS "total_visit_count?",
       c.total_open_table_count::bigint AS "total_open_table_count?", c.total_consume_amount AS "total_consume_amount?",
       c.visit_count_60d::bigint AS "visit_count_60d?", c.consume_amount_60d AS "consume_amount_60d?"
FROM newest
LEFT JOIN app.v_dws_member_consumption_summary c
       ON c.stat_date = newest.stat_date AND c.member_id = ANY ($2)
ORDER BY c.member_id
