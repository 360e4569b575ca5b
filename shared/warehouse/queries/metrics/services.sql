-- $1: coach, $2: member, $3, $4: from, until, $5: when those dates had ended. The pair's services, newest first; of void
-- ones those that were voided, or came void, after that.
SELECT assistant_service_id, course_kind = 'bonus' AS "is_bonus!", create_time, income_seconds,
       is_delete <> 0 AS "void!", loaded_at >= $5 AS "late!"
FROM app.v_dwd_assistant_service_log
WHERE site_assistant_id = $1 AND tenant_member_id = $2 AND create_time >= $3 AND create_time < $4
  AND (is_delete = 0 OR loaded_at >= $5)
ORDER BY create_time DESC, assistant_service_id DESC
