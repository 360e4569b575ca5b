-- $1: the moment, $2: part of a name or null, $3: digits of a phone or null, $4: a coach or null, $5: today,
-- $6: members besides those paired with the coach, $7: limit, $8: offset. The row without a member carries the total.
WITH paired AS (
    SELECT r.member_id
    FROM app.v_dws_member_assistant_relation_index r
    WHERE r.assistant_id = $4
      AND r.stat_date = (SELECT max(n.stat_date) FROM app.v_dws_member_assistant_relation_index n WHERE n.stat_date <= $5)
    UNION
    SELECT unnest($6::bigint[])
),
found AS MATERIALIZED (
    SELECT v.member_id, nullif(btrim(v.nickname), '') AS name, nullif(btrim(v.mobile), '') AS mobile,
           nullif(btrim(v.grade_name), '') AS grade
    FROM app.v_dim_member v
    WHERE v.member_id <> 0 AND v.scd2_start_time < $1 AND coalesce(v.scd2_end_time, 'infinity') >= $1
      -- strpos takes the text as it is: no pattern that a guest's % or _ could widen.
      AND (strpos(lower(btrim(v.nickname)), lower($2)) > 0
           OR CASE WHEN $3::text IS NOT NULL THEN strpos(regexp_replace(v.mobile, '\D', '', 'g'), $3) > 0 END)
      -- Where versions overlap the newest is the one that counts; asked of those that match alone.
      AND NOT EXISTS (SELECT FROM app.v_dim_member newer
                      WHERE newer.member_id = v.member_id AND newer.scd2_start_time > v.scd2_start_time
                        AND newer.scd2_start_time < $1 AND coalesce(newer.scd2_end_time, 'infinity') >= $1)
      AND ($4::bigint IS NULL OR v.member_id IN (SELECT member_id FROM paired))
),
page AS (
    SELECT member_id, name, mobile, grade
    FROM found
    ORDER BY name, member_id
    LIMIT $7 OFFSET $8
)
SELECT whole.total AS "total!", page.member_id AS "member_id?", page.name AS "name?", page.mobile AS "mobile?",
       page.grade AS "grade?"
FROM (SELECT count(*) AS total FROM found) AS whole
LEFT JOIN page ON true
ORDER BY page.name, page.member_id
