-- $1 (null: since the hall opened), $2: from, until. Members by when they joined.
SELECT count(DISTINCT member_id) AS "members!"
FROM app.v_dim_member
WHERE register_time < $2 AND ($1::timestamptz IS NULL OR register_time >= $1)
