-- $1: today, $2: coaches, $3: how many of each, $4: the moment. A coach's closest members of the newest snapshot, with
-- stored balance (DQ-7), name (DQ-6) and what they were billed for this coach, ever.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
), ranked AS MATERIALIZED (
    SELECT r.assistant_id, r.member_id, r.place, r.relation_index,
           CASE WHEN r.rs_score IS NULL THEN NULL
                WHEN r.rs_score BETWEEN 0 AND 10 THEN (r.rs_score::numeric * 100)::smallint
                ELSE -1::smallint END AS rs
    FROM (
        SELECT assistant_id, member_id, rs_score,
               CASE WHEN relation_index BETWEEN 0 AND 1 THEN relation_index::numeric END AS relation_index,
               row_number() OVER (
                   PARTITION BY assistant_id
                   ORDER BY CASE WHEN relation_index BETWEEN 0 AND 1 THEN relation_index END DESC NULLS LAST, member_id
               ) AS place
        FROM app.v_dws_member_assistant_relation_index
        WHERE stat_date = (SELECT stat_date FROM newest) AND assistant_id = ANY ($2) AND member_id <> 0
    ) AS r
    WHERE r.place <= $3
)
SELECT newest.stat_date, ranked.assistant_id AS "assistant_id?", ranked.member_id AS "member_id?", m.name AS "name?",
       ranked.rs AS "rs?", ranked.relation_index AS "relation_index?", card.balance AS "balance?",
       billed.ledger_amount_total AS "consumed?"
FROM newest
LEFT JOIN ranked ON true
LEFT JOIN app.v_dws_assistant_customer_stats billed
       ON billed.assistant_id = ranked.assistant_id AND billed.member_id = ranked.member_id
      AND billed.stat_date = (SELECT max(n.stat_date) FROM app.v_dws_assistant_customer_stats n WHERE n.stat_date <= $1)
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
      AND c.scd2_start_time < $4 AND (c.scd2_end_time IS NULL OR c.scd2_end_time >= $4)
) AS card ON true
ORDER BY ranked.assistant_id, ranked.place
