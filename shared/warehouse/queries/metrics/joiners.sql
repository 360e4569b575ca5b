-- $1 (null: since the hall opened), $2: from, until. When members joined; every version carries the same.
SELECT DISTINCT member_id, register_time
FROM app.v_dim_member
WHERE register_time < $2 AND ($1::timestamptz IS NULL OR register_time >= $1)
ORDER BY register_time, member_id
