-- $1: today, $2: coaches, $3: the moment. Stored balances (DQ-7) of the members paired with each in the newest snapshot;
-- a pair is there once, and each of the member's cards counts once in it. The row without a coach carries the date.
WITH newest AS (
    SELECT max(stat_date) AS stat_date
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
), held AS (
    SELECT pair.assistant_id, sum(card.balance) AS balance
    FROM app.v_dws_member_assistant_relation_index pair
    JOIN app.v_dim_member_card_account card ON card.tenant_member_id = pair.member_id
    WHERE pair.stat_date = (SELECT stat_date FROM newest) AND pair.assistant_id = ANY ($2) AND pair.member_id <> 0
      AND card.card_kind = 'stored' AND card.scd2_start_time < $3
      AND coalesce(card.scd2_end_time, 'infinity') >= $3
    GROUP BY 1
)
SELECT newest.stat_date, held.assistant_id AS "assistant_id?", held.balance AS "balance?"
FROM newest
LEFT JOIN held ON true
ORDER BY held.assistant_id
