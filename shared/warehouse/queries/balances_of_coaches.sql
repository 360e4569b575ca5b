-- $1: today, $2: coaches, $3: the moment. Stored balances (DQ-7) of the members paired with each in the newest snapshot;
-- a pair is there once, and each of the member's cards counts once in it.
SELECT pair.assistant_id AS "assistant_id!", sum(card.balance) AS "balance!"
FROM app.v_dws_member_assistant_relation_index pair
JOIN app.v_dim_member_card_account card ON card.tenant_member_id = pair.member_id
WHERE pair.stat_date = (SELECT max(n.stat_date) FROM app.v_dws_member_assistant_relation_index n WHERE n.stat_date <= $1)
  AND pair.assistant_id = ANY ($2)
  AND card.card_kind = 'stored' AND card.scd2_start_time < $3 AND (card.scd2_end_time IS NULL OR card.scd2_end_time >= $3)
GROUP BY 1
ORDER BY 1
