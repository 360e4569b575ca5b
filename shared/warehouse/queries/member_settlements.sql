-- $1: member, $2: end of today, $3: limit. Consumption is settle_type 1 and 3; revenue is ledger_amount.
SELECT order_settle_id AS "id!", create_time AS "create_time!", site_table_id AS table_id,
       table_charge_money AS "table_fee!", goods_money AS "food_amount!", ledger_amount AS "total_amount!"
FROM app.v_dwd_settlement
WHERE member_id = $1 AND member_id <> 0 AND is_delete = 0 AND settle_type IN (1, 3) AND create_time < $2
ORDER BY create_time DESC, order_settle_id DESC
LIMIT $3
