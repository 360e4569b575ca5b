-- $1: today. Mean RS of each coach's members in the newest snapshot.
SELECT assistant_id, avg(rs_score)::numeric AS "rs!"
FROM app.v_dws_member_assistant_relation_index
WHERE stat_date = (SELECT max(stat_date) FROM app.v_dws_member_assistant_relation_index WHERE stat_date <= $1)
  AND rs_score BETWEEN 0 AND 10
GROUP BY assistant_id
ORDER BY assistant_id
