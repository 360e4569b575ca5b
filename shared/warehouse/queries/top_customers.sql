-- $1: today, $2: coaches, $3: how many of each, $4: the moment. A coach's closest members of the newest snapshot, with
-- stored balance (DQ-7), name (DQ-6) and what they were billed for this coach, ever, by a snapshot of its own. A relation
-- index outside [0, 1] is left out and comes last. Without anybody one row carries the dates.
WITH newest AS (
    SELECT max(stat_date) AS stat_date,
           (SELECT max(n.stat_date) FROM app.v_dws_assistant_customer_stats n WHERE n.stat_date <= $1) AS billed_stat_date
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
), ranked AS MATERIALIZED (
    SELECT asked.assistant_id, r.member_id, r.relation_index,
           row_number() OVER (PARTITION BY asked.assistant_id ORDER BY r.relation_index DESC NULLS LAST, r.member_id) AS place,
           CASE WHEN r.rs_score IS NULL THEN NULL
                WHEN r.rs_score BETWEEN 0 AND 10 THEN (r.rs_score::numeric * 100)::smallint
                ELSE -1::smallint END AS rs
    -- A few steps into an index for each coach instead of a sort of everybody's members.
    FROM (SELECT DISTINCT unnest($2::bigint[]) AS assistant_id) AS asked
    CROSS JOIN LATERAL (
        WITH sound AS (
            SELECT v.member_id, v.rs_score, v.relation_index::numeric AS relation_index
            FROM app.v_dws_member_assistant_relation_index v
            WHERE v.stat_date = (SELECT stat_date FROM newest) AND v.assistant_id = asked.assistant_id AND v.member_id <> 0
              AND v.relation_index BETWEEN 0 AND 1
            ORDER BY v.relation_index DESC, v.member_id
            LIMIT $3
        )
        SELECT member_id, rs_score, relation_index FROM sound
        UNION ALL
        (
            SELECT v.member_id, v.rs_score, NULL
            FROM app.v_dws_member_assistant_relation_index v
            WHERE v.stat_date = (SELECT stat_date FROM newest) AND v.assistant_id = asked.assistant_id AND v.member_id <> 0
              AND (v.relation_index BETWEEN 0 AND 1) IS NOT TRUE
              AND (SELECT count(*) FROM sound) < $3
            ORDER BY v.member_id
            LIMIT $3
        )
    ) AS r
)
SELECT newest.stat_date, newest.billed_stat_date, ranked.assistant_id AS "assistant_id?", ranked.member_id AS "member_id?",
       m.name AS "name?", ranked.rs AS "rs?", ranked.relation_index AS "relation_index?", card.balance AS "balance?",
       billed.ledger_amount_total AS "consumed?"
FROM newest
LEFT JOIN ranked ON ranked.place <= $3
LEFT JOIN LATERAL (
    SELECT b.ledger_amount_total
    FROM app.v_dws_assistant_customer_stats b
    WHERE b.stat_date = newest.billed_stat_date
      AND b.assistant_id = ranked.assistant_id AND b.member_id = ranked.member_id
    LIMIT 1
) AS billed ON true
LEFT JOIN LATERAL (
    SELECT nullif(btrim(v.nickname), '') AS name
    FROM app.v_dim_member v
    WHERE v.member_id = ranked.member_id AND v.scd2_start_time < $4 AND (v.scd2_end_time IS NULL OR v.scd2_end_time >= $4)
    ORDER BY v.scd2_start_time DESC
    LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
    SELECT sum(c.balance) AS balance
    FROM app.v_dim_member_card_account c
    WHERE c.tenant_member_id = ranked.member_id AND c.card_kind = 'stored'
      AND c.scd2_start_time < $4 AND coalesce(c.scd2_end_time, 'infinity') >= $4
) AS card ON true
ORDER BY ranked.assistant_id, ranked.place
