-- $1 site, $2 now, $3 current business month, $4 zone, $5 cut-off hour.
-- Materialized: a site that is new to the planner's statistics must not be met with one big nested loop.
WITH since AS MATERIALIZED ( -- a margin longer than any transaction: changes may have been committing during the last recount
    SELECT coalesce(max(updated_at), '-infinity') - interval '15 minutes' AS at
    FROM biz.dws_assistant_task_monthly WHERE site_id = $1
), months AS MATERIALIZED (
    SELECT $3::date AS month
    UNION
    SELECT date_trunc('month', (created_at AT TIME ZONE $4) - make_interval(hours => $5))::date
    FROM biz.coach_tasks
    WHERE site_id = $1 AND updated_at >= (SELECT at FROM since)
      AND created_at < ($3::date + make_interval(hours => $5)) AT TIME ZONE $4 -- later ones are of the current month
), spans AS MATERIALIZED (
    SELECT month,
           (month + make_interval(hours => $5)) AT TIME ZONE $4 AS first,
           (month + interval '1 month' + make_interval(hours => $5)) AT TIME ZONE $4 AS after
    FROM months
), cells AS ( -- few per coach: the nine sums below then read dozens of rows, not thousands
    SELECT t.assistant_id, s.month, t.task_type, t.status, count(*) AS n
    FROM spans s
    JOIN biz.coach_tasks t ON t.site_id = $1 AND t.created_at >= s.first AND t.created_at < s.after
    GROUP BY t.assistant_id, s.month, t.task_type, t.status
), counted AS (
    SELECT assistant_id, month,
           coalesce(sum(n) FILTER (WHERE recall), 0) AS recall_created,
           coalesce(sum(n) FILTER (WHERE task_type = 'follow_up_visit'), 0) AS follow_up_created,
           coalesce(sum(n) FILTER (WHERE task_type = 'relationship_building'), 0) AS relationship_created,
           sum(n) AS total_created,
           coalesce(sum(n) FILTER (WHERE recall AND status = 'completed'), 0) AS recall_completed,
           coalesce(sum(n) FILTER (WHERE task_type = 'follow_up_visit' AND status = 'completed'), 0) AS follow_up_completed,
           coalesce(sum(n) FILTER (WHERE status = 'completed'), 0) AS total_completed,
           coalesce(sum(n) FILTER (WHERE status = 'abandoned'), 0) AS abandoned,
           coalesce(sum(n) FILTER (WHERE status = 'transferred'), 0) AS transferred
    FROM cells, LATERAL (SELECT task_type IN ('high_priority_recall', 'priority_recall') AS recall) AS kind
    GROUP BY assistant_id, month
)
-- Only rows that move are written: a recount that finds nothing new leaves no trace in the log.
INSERT INTO biz.dws_assistant_task_monthly AS m
    (site_id, assistant_id, stat_month, recall_created, follow_up_created, relationship_created, total_created,
     recall_completed, follow_up_completed, total_completed, abandoned_count, transferred_count, updated_at)
SELECT $1, c.assistant_id, c.month, c.recall_created, c.follow_up_created, c.relationship_created, c.total_created,
       c.recall_completed, c.follow_up_completed, c.total_completed, c.abandoned, c.transferred, $2
FROM counted c
LEFT JOIN biz.dws_assistant_task_monthly old
    ON old.site_id = $1 AND old.assistant_id = c.assistant_id AND old.stat_month = c.month
WHERE (old.recall_created, old.follow_up_created, old.relationship_created, old.total_created, old.recall_completed,
       old.follow_up_completed, old.total_completed, old.abandoned_count, old.transferred_count)
    IS DISTINCT FROM
      (c.recall_created, c.follow_up_created, c.relationship_created, c.total_created, c.recall_completed,
       c.follow_up_completed, c.total_completed, c.abandoned, c.transferred)
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
