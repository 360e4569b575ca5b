-- $1: today, $2: members. wbi in hundredths, -1 = NaN or outside [0, 10]. The row without a member carries the date.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_winback_index
    WHERE stat_date <= $1
)
SELECT newest.stat_date, w.member_id AS "member_id?",
       CASE WHEN w.wbi_score IS NULL THEN NULL
            WHEN w.wbi_score BETWEEN 0 AND 10 THEN (w.wbi_score::numeric * 100)::smallint
            ELSE -1::smallint END AS "wbi?",
       CASE WHEN w.gap_days BETWEEN 0 AND 100000 THEN w.gap_days::numeric END AS "gap_days?"
FROM newest
LEFT JOIN app.v_dws_member_winback_index w ON w.stat_date = newest.stat_date AND w.member_id = ANY ($2)
ORDER BY w.member_id
