-- $1: today, $2: limit, $3: offset. Members by spending power; NaN and what is outside [0, 10] are left out. The row without a member carries date and total.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_spending_power_index
    WHERE stat_date <= $1
), ranked AS MATERIALIZED (
    SELECT member_id, spi_score::numeric AS figure
    FROM app.v_dws_member_spending_power_index
    WHERE stat_date = (SELECT stat_date FROM newest) AND member_id <> 0 AND spi_score BETWEEN 0 AND 10
), page AS (
    SELECT member_id, figure
    FROM ranked
    ORDER BY figure DESC, member_id
    LIMIT $2 OFFSET $3
)
SELECT newest.stat_date, (SELECT count(*) FROM ranked) AS "total!", page.member_id AS "member_id?", page.figure AS "figure?"
FROM newest
LEFT JOIN page ON true
ORDER BY page.figure DESC, page.member_id
