-- $1: site, $2: coach, $5: horizon, $3 statuses and $4 how many of each: parallel arrays, in the order of the page. Active tasks stand
-- as in the list of tasks, the others newest first; every row says how many its status has in all.
SELECT t.id AS "id!", t.member_id AS "member_id!", t.task_type AS "task_type!", t.status AS "status!",
       t.is_pinned AS "is_pinned!", t.created_at AS "created_at!", t.abandon_reason, t.of_status AS "of_status!"
FROM (
    SELECT c.id, c.member_id, c.task_type, c.status, c.is_pinned, c.created_at, c.abandon_reason,
           count(*) OVER (PARTITION BY c.status) AS of_status,
           row_number() OVER (
               PARTITION BY c.status
               ORDER BY CASE WHEN c.status = 'active' THEN c.is_pinned ELSE false END DESC,
                        CASE WHEN c.status = 'active' THEN c.priority_score END DESC NULLS LAST,
                        CASE WHEN c.status = 'active' THEN c.created_at END,
                        CASE WHEN c.status <> 'active' THEN c.created_at END DESC,
                        CASE WHEN c.status = 'active' THEN c.id ELSE -c.id END
           ) AS nth
    FROM biz.tasks_as_of($1, $5) c
    WHERE c.assistant_id = $2 AND c.status = ANY ($3)
) AS t
JOIN unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS asked (status, wanted, place) ON asked.status = t.status
WHERE t.nth <= asked.wanted
ORDER BY asked.place, t.nth
