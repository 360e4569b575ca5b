-- $1, $2: from and until (exclusive), $3: limit, $4: offset. Members by what they paid for recharges. The row without a
-- member carries the total.
WITH ranked AS MATERIALIZED (
    SELECT member_id, sum(pay_amount) AS figure
    FROM app.v_dwd_recharge_order
    WHERE is_delete = 0 AND member_id <> 0 AND create_time >= $1 AND create_time < $2
    GROUP BY 1
    HAVING sum(pay_amount) > 0
), page AS (
    SELECT member_id, figure
    FROM ranked
    ORDER BY figure DESC, member_id
    LIMIT $3 OFFSET $4
)
SELECT whole.total AS "total!", page.member_id AS "member_id?", page.figure AS "figure?"
FROM (SELECT count(*) AS total FROM ranked) AS whole
LEFT JOIN page ON true
ORDER BY page.figure DESC, page.member_id
