-- $1: site, $2: tasks, $3: how many notes of each, $4: horizon.
SELECT n.task_id AS "task_id!", n.id AS "id!", n.type AS "note_type!", n.content,
       n.rating_service_willingness, n.rating_revisit_likelihood, n.score, n.ai_score, n.ai_analysis,
       u.nickname AS "author_name?", n.created_at AS "created_at!", n.removed AS "removed!"
FROM unnest($2::bigint[]) AS asked (task_id)
CROSS JOIN LATERAL (
    SELECT task_id, id, user_id, type, content, rating_service_willingness, rating_revisit_likelihood, score, ai_score,
           ai_analysis, created_at, removed
    FROM biz.notes_at($1, $4)
    WHERE task_id = asked.task_id
    ORDER BY created_at DESC, id DESC
    LIMIT $3
) AS n
LEFT JOIN auth.users u ON u.id = n.user_id
ORDER BY n.task_id, n.created_at DESC, n.id DESC
