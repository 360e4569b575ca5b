-- $1: member, $2: the moment. DQ-6.
SELECT member_id AS "member_id!", nullif(btrim(nickname), '') AS name, nullif(btrim(mobile), '') AS mobile,
       nullif(btrim(grade_name), '') AS grade, gender, birthday, register_time
FROM app.v_dim_member
WHERE member_id = $1 AND scd2_start_time < $2 AND (scd2_end_time IS NULL OR scd2_end_time >= $2)
ORDER BY scd2_start_time DESC
LIMIT 1
