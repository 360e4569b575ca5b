-- $1: the moment, $2: limit, $3: offset. Members by stored balance (DQ-7). The row without a member carries the total.
WITH ranked AS MATERIALIZED (
    SELECT tenant_member_id AS member_id, sum(balance) AS figure
    FROM app.v_dim_member_card_account
    WHERE card_kind = 'stored' AND tenant_member_id <> 0
      AND scd2_start_time < $1 AND coalesce(scd2_end_time, 'infinity') >= $1
    GROUP BY 1
    HAVING sum(balance) > 0
), page AS (
    SELECT member_id, figure
    FROM ranked
    ORDER BY figure DESC, member_id
    LIMIT $2 OFFSET $3
)
SELECT whole.total AS "total!", page.member_id AS "member_id?", page.figure AS "figure?"
FROM (SELECT count(*) AS total FROM ranked) AS whole
LEFT JOIN page ON true
ORDER BY page.figure DESC, page.member_id
