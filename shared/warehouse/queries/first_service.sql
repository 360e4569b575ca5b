-- $1 key, $2 assistant, $3 member, $4 since: parallel arrays, one element per question.
-- Per question the earliest valid service of the pair, by (create_time, id); id ← assistant_service_id.
SELECT asked.key AS "key!", first.service_id AS "service_id!", first.create_time AS "create_time!"
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[]) AS asked (key, assistant_id, member_id, since)
CROSS JOIN LATERAL (
    SELECT s.assistant_service_id AS service_id, s.create_time
    FROM app.v_dwd_assistant_service_log s
    WHERE s.site_assistant_id = asked.assistant_id
      AND s.tenant_member_id = asked.member_id
      AND s.create_time >= asked.since
      AND s.is_delete = 0
    ORDER BY s.create_time, s.assistant_service_id
    LIMIT 1
) AS first
