-- $1: site, $2: coach, $5: horizon, $3 statuses and $4 how many of each: parallel arrays, in the order of the page. Active tasks stand
-- as in the list of tasks, the others newest first; every row says how many its status has in all.
WITH own AS MATERIALIZED (
    SELECT id, member_id, task_type, status, is_pinned, priority_score, created_at, abandon_reason
    FROM biz.tasks_at_moment($1, $5)
    WHERE assistant_id = $2 AND status = ANY ($3)
), counted AS (
    SELECT status, count(*) AS of_status
    FROM own
    GROUP BY status
)
SELECT t.id AS "id!", t.member_id AS "member_id!", t.task_type AS "task_type!", asked.status AS "status!",
       t.is_pinned AS "is_pinned!", t.created_at AS "created_at!", t.abandon_reason, counted.of_status AS "of_status!"
FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS asked (status, wanted, place)
JOIN counted USING (status)
CROSS JOIN LATERAL (
    (
        SELECT id, member_id, task_type, is_pinned, priority_score, created_at, abandon_reason
        FROM own
        WHERE asked.status = 'active' AND own.status = 'active'
        ORDER BY is_pinned DESC, priority_score DESC NULLS LAST, created_at, id
        LIMIT asked.wanted
    )
    UNION ALL
    (
        SELECT id, member_id, task_type, is_pinned, NULL, created_at, abandon_reason
        FROM own
        WHERE asked.status <> 'active' AND own.status = asked.status
        ORDER BY created_at DESC, id DESC
        LIMIT asked.wanted
    )
) AS t
ORDER BY asked.place,
         CASE WHEN asked.status = 'active' THEN t.is_pinned END DESC,
         t.priority_score DESC NULLS LAST,
         CASE WHEN asked.status = 'active' THEN t.created_at END,
         t.created_at DESC,
         CASE WHEN asked.status = 'active' THEN t.id ELSE -t.id END
