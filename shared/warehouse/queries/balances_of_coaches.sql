-- $1: today, $2: coaches, $3: the moment. Stored balances (DQ-7) of the members paired with each in the newest snapshot.
WITH pair AS (
    SELECT r.assistant_id, r.member_id
    FROM app.v_dws_member_assistant_relation_index r
    WHERE r.stat_date = (SELECT max(n.stat_date) FROM app.v_dws_member_assistant_relation_index n WHERE n.stat_date <= $1)
      AND r.assistant_id = ANY ($2)
), card AS (
    SELECT tenant_member_id AS member_id, sum(balance) AS balance
    FROM app.v_dim_member_card_account
    WHERE card_kind = 'stored' AND scd2_start_time < $3 AND (scd2_end_time IS NULL OR scd2_end_time >= $3)
    GROUP BY 1
)
SELECT pair.assistant_id AS "assistant_id!", sum(card.balance) AS "balance!"
FROM pair
JOIN card USING (member_id)
GROUP BY 1
ORDER BY 1
