-- $1: member, $2, $3: from, until, $4: when those dates had ended. The member's consumptions, newest first; of void ones
-- those that were voided, or came void, after that.
SELECT order_settle_id, settle_type = 1 AS "is_table!", create_time, ledger_amount, is_delete <> 0 AS "void!",
       loaded_at >= $4 AS "late!"
FROM app.v_dwd_settlement
WHERE member_id = $1 AND settle_type IN (1, 3) AND create_time >= $2 AND create_time < $3
  AND (is_delete = 0 OR loaded_at >= $4)
ORDER BY create_time DESC, order_settle_id DESC
