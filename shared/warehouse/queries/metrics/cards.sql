-- $1: member, $2: the moment. DQ-7, card by card: the versions valid then.
SELECT card_account_id, card_type_name, balance, scd2_start_time
FROM app.v_dim_member_card_account
WHERE tenant_member_id = $1
  AND card_kind = 'stored'
  AND scd2_start_time < $2 AND coalesce(scd2_end_time, 'infinity') >= $2
ORDER BY card_account_id, scd2_start_time
