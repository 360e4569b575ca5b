-- $1: date of a snapshot. First and last visit of its members.
SELECT member_id, first_consume_date, last_consume_date
FROM app.v_dws_member_consumption_summary
WHERE stat_date = $1
ORDER BY member_id
