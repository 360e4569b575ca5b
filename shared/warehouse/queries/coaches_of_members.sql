-- $1: today, $2: members, $3: the moment. Each member's coaches of the newest snapshot, closest first; a relation index
-- outside [0, 1] is left out. The row without a member carries the date.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
), found AS (
    SELECT r.member_id, r.assistant_id, a.name, a.level_code, a.level_name,
           CASE WHEN r.rs_score IS NULL THEN NULL
                WHEN r.rs_score BETWEEN 0 AND 10 THEN (r.rs_score::numeric * 100)::smallint
                ELSE -1::smallint END AS rs,
           CASE WHEN r.relation_index BETWEEN 0 AND 1 THEN r.relation_index::numeric END AS relation_index
    FROM newest
    JOIN app.v_dws_member_assistant_relation_index r ON r.stat_date = newest.stat_date AND r.member_id = ANY ($2)
    LEFT JOIN (
        SELECT DISTINCT ON (assistant_id) assistant_id, level_code, level_name,
               coalesce(nullif(btrim(nickname), ''), nullif(btrim(real_name), '')) AS name
        FROM app.v_dim_assistant
        WHERE scd2_start_time < $3 AND (scd2_end_time IS NULL OR scd2_end_time >= $3)
        ORDER BY assistant_id, scd2_start_time DESC
    ) AS a USING (assistant_id)
)
SELECT newest.stat_date, found.member_id AS "member_id?", found.assistant_id AS "assistant_id?", found.name AS "name?",
       found.level_code AS "level_code?", found.level_name AS "level_name?", found.rs AS "rs?",
       found.relation_index AS "relation_index?"
FROM newest
LEFT JOIN found ON true
ORDER BY found.member_id, found.relation_index DESC NULLS LAST, found.assistant_id
