-- $1: today, $2 assistants and $3 members: parallel arrays. rs in hundredths, -1 = NaN or outside [0, 10];
-- a relation index outside [0, 1] is left out. The row without a pair carries the date when no pair is in the snapshot.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
), found AS (
    SELECT r.assistant_id, r.member_id,
           CASE WHEN r.rs_score IS NULL THEN NULL
                WHEN r.rs_score BETWEEN 0 AND 10 THEN (r.rs_score::numeric * 100)::smallint
                ELSE -1::smallint END AS rs,
           CASE WHEN r.relation_index BETWEEN 0 AND 1 THEN r.relation_index::numeric END AS relation_index
    FROM newest
    CROSS JOIN unnest($2::bigint[], $3::bigint[]) AS asked (assistant_id, member_id)
    JOIN app.v_dws_member_assistant_relation_index r
      ON r.stat_date = newest.stat_date AND r.assistant_id = asked.assistant_id AND r.member_id = asked.member_id
)
SELECT newest.stat_date,
       found.assistant_id AS "assistant_id?",
       found.member_id AS "member_id?",
       found.rs AS "rs?",
       found.relation_index AS "relation_index?"
FROM newest
LEFT JOIN found ON true
ORDER BY found.assistant_id, found.member_id
