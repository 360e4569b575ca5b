-- $1: members, $2: the moment. DQ-6: name and phone come from here and from nowhere else.
SELECT DISTINCT ON (member_id)
       member_id AS "member_id!",
       nullif(btrim(nickname), '') AS name,
       nullif(btrim(mobile), '') AS mobile
FROM app.v_dim_member
WHERE member_id = ANY ($1) AND scd2_start_time < $2 AND (scd2_end_time IS NULL OR scd2_end_time >= $2)
ORDER BY member_id, scd2_start_time DESC
