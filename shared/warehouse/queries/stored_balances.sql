-- $1: members, $2: the moment. DQ-7: the sum over stored-value cards of the versions valid then.
SELECT tenant_member_id AS "member_id!", sum(balance) AS "balance!"
FROM app.v_dim_member_card_account
WHERE tenant_member_id = ANY ($1)
  AND card_kind = 'stored'
  AND scd2_start_time < $2 AND coalesce(scd2_end_time, 'infinity') >= $2
GROUP BY tenant_member_id
ORDER BY tenant_member_id
