-- $1: member, $2: end of today.
SELECT count(*) AS "services!"
FROM app.v_dwd_assistant_service_log
WHERE tenant_member_id = $1 AND tenant_member_id <> 0 AND is_delete = 0 AND create_time < $2
