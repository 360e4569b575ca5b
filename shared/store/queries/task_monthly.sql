-- $1 site, $2 now, $3 current business month, $4 zone, $5 cut-off hour.
WITH since AS ( -- a margin longer than any transaction: changes may have been committing while the last recount read
    SELECT coalesce(max(updated_at), '-infinity') - interval '15 minutes' AS at
    FROM biz.dws_assistant_task_monthly WHERE site_id = $1
), months AS (
    SELECT $3::date AS month
    UNION
    SELECT date_trunc('month', (t.created_at AT TIME ZONE $4) - make_interval(hours => $5))::date
    FROM biz.coach_tasks t, since
    WHERE t.site_id = $1 AND t.updated_at >= since.at
), spans AS (
    SELECT month,
           (month + make_interval(hours => $5)) AT TIME ZONE $4 AS first,
           (month + interval '1 month' + make_interval(hours => $5)) AT TIME ZONE $4 AS after
    FROM months
), counted AS (
    SELECT t.assistant_id, s.month,
           count(*) FILTER (WHERE t.task_type IN ('high_priority_recall', 'priority_recall')) AS recall_created,
           count(*) FILTER (WHERE t.task_type = 'follow_up_visit') AS follow_up_created,
           count(*) FILTER (WHERE t.task_type = 'relationship_building') AS relationship_created,
           count(*) AS total_created,
           count(*) FILTER (WHERE t.status = 'completed'
                              AND t.task_type IN ('high_priority_recall', 'priority_recall')) AS recall_completed,
           count(*) FILTER (WHERE t.status = 'completed' AND t.task_type = 'follow_up_visit') AS follow_up_completed,
           count(*) FILTER (WHERE t.status = 'completed') AS total_completed,
           count(*) FILTER (WHERE t.status = 'abandoned') AS abandoned,
           count(*) FILTER (WHERE t.status = 'transferred') AS transferred
    FROM spans s
    JOIN biz.coach_tasks t ON t.site_id = $1 AND t.created_at >= s.first AND t.created_at < s.after
    GROUP BY t.assistant_id, s.month
)
INSERT INTO biz.dws_assistant_task_monthly AS m
    (site_id, assistant_id, stat_month, recall_created, follow_up_created, relationship_created, total_created,
     recall_completed, follow_up_completed, total_completed, abandoned_count, transferred_count, updated_at)
SELECT $1, assistant_id, month, recall_created, follow_up_created, relationship_created, total_created,
       recall_completed, follow_up_completed, total_completed, abandoned, transferred, $2
FROM counted
ON CONFLICT (site_id, assistant_id, stat_month) DO UPDATE SET
    recall_created = excluded.recall_created,
    follow_up_created = excluded.follow_up_created,
    relationship_created = excluded.relationship_created,
    total_created = excluded.total_created,
    recall_completed = excluded.recall_completed,
    follow_up_completed = excluded.follow_up_completed,
    total_completed = excluded.total_completed,
    abandoned_count = excluded.abandoned_count,
    transferred_count = excluded.transferred_count,
    updated_at = excluded.updated_at
WHERE (m.recall_created, m.follow_up_created, m.relationship_created, m.total_created, m.recall_completed,
       m.follow_up_completed, m.total_completed, m.abandoned_count, m.transferred_count)
    IS DISTINCT FROM
      (excluded.recall_created, excluded.follow_up_created, excluded.relationship_created, excluded.total_created,
       excluded.recall_completed, excluded.follow_up_completed, excluded.total_completed, excluded.abandoned_count,
       excluded.transferred_count)
