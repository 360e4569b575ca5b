-- $1: coach, $2: until, $3: when those dates had ended. The coach's first service of each member.
SELECT DISTINCT ON (tenant_member_id) tenant_member_id, create_time, loaded_at >= $3 AS "late!"
FROM app.v_dwd_assistant_service_log
WHERE site_assistant_id = $1 AND tenant_member_id <> 0 AND create_time < $2 AND is_delete = 0
ORDER BY tenant_member_id, create_time, assistant_service_id
