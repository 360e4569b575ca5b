-- $1 stat_date. The generator's first morning of all sites, as one statement.
WITH made AS (
    INSERT INTO biz.coach_tasks
        (site_id, assistant_id, member_id, task_type, priority_score, reason)
    SELECT site_id, assistant_id, member_id,
           CASE WHEN score > 7 THEN 'high_priority_recall'
                WHEN score > 5 THEN 'priority_recall'
                ELSE 'relationship_building' END,
           score,
           jsonb_build_object('wbi', wbi, 'nci', nci, 'rs', rs, 'statDate', $1::date, 'ruleVersion', 1,
               'thresholds', jsonb_build_object('high', 7.00, 'priority', 5.00, 'relationship', 6.00))
    FROM bench.morning, LATERAL (SELECT greatest(coalesce(wbi, 0), coalesce(nci, 0)) AS score) AS s
    WHERE score > 5 OR rs < 6
    RETURNING site_id, id, assistant_id, task_type, created_at
), history AS (
    INSERT INTO biz.coach_task_history (site_id, task_id, action, new_status, new_task_type, created_at)
    SELECT site_id, id, 'created', 'active', task_type, created_at FROM made
)
INSERT INTO biz.dws_assistant_task_monthly
    (site_id, assistant_id, stat_month, recall_created, relationship_created, total_created)
SELECT site_id, assistant_id, date_trunc('month', $1::date)::date,
       count(*) FILTER (WHERE task_type LIKE '%recall'), count(*) FILTER (WHERE task_type LIKE 'rel%'), count(*)
FROM made
GROUP BY site_id, assistant_id
