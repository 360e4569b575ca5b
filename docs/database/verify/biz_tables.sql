-- check: a task's newest history row says its status
SELECT 'a task''s newest history row says its status' AS violation, t.site_id, t.id, t.status, h.new_status
FROM biz.coach_tasks t
LEFT JOIN LATERAL (
    SELECT new_status FROM biz.coach_task_history h
    WHERE h.site_id = t.site_id AND h.task_id = t.id AND h.new_status IS NOT NULL
    ORDER BY h.created_at DESC, h.id DESC LIMIT 1
) AS h ON true
WHERE h.new_status IS DISTINCT FROM t.status;

-- check: a follow-up visit follows a completed recall of the same coach and member
SELECT 'a follow-up visit follows a completed recall of the same coach and member' AS violation, t.site_id, t.id
FROM biz.coach_tasks t
LEFT JOIN biz.coach_tasks p ON p.site_id = t.site_id AND p.id = t.parent_task_id
WHERE t.task_type = 'follow_up_visit'
  AND (p.id IS NULL OR p.member_id <> t.member_id
       -- (a transferred follow-up has the follow-up that it was as its parent)
       OR p.task_type <> 'follow_up_visit' AND (p.status <> 'completed' OR p.assistant_id <> t.assistant_id
           OR p.completed_task_type NOT IN ('high_priority_recall', 'priority_recall')));

-- check: no active task is more than two hours past its end
SELECT 'no active task is more than two hours past its end' AS violation, site_id, id, expires_at
FROM biz.coach_tasks
WHERE status = 'active' AND expires_at < biz.business_now() - interval '2 hours';

-- check: a note is a follow-up by its task or by reclassification
SELECT 'a note is a follow-up by its task or by reclassification' AS violation, n.site_id, n.id
FROM biz.notes n
LEFT JOIN biz.coach_tasks t ON t.site_id = n.site_id AND t.id = n.task_id
WHERE n.type = 'follow_up' AND n.reclassified_at IS NULL AND t.task_type IS DISTINCT FROM 'follow_up_visit';

-- check: what a score was before does not overlap
SELECT 'what a score was before does not overlap' AS violation, site_id, task_id, valid_from, created_at
FROM (
    SELECT site_id, task_id, valid_from, created_at,
           lag(created_at) OVER (PARTITION BY site_id, task_id ORDER BY valid_from) AS previous_end
    FROM biz.coach_task_scores
) AS s
WHERE valid_from > created_at OR valid_from < previous_end;

-- check: a task's score is no older than what it was before
SELECT 'a task''s score is no older than what it was before' AS violation, t.site_id, t.id, t.scored_at, s.until
FROM (SELECT site_id, task_id, max(created_at) AS until FROM biz.coach_task_scores GROUP BY site_id, task_id) AS s
JOIN biz.coach_tasks t ON t.site_id = s.site_id AND t.id = s.task_id
WHERE t.scored_at IS NULL OR t.scored_at < s.until;

-- check: what a reason was before does not overlap
SELECT 'what a reason was before does not overlap' AS violation, site_id, task_id, valid_from, created_at
FROM (
    SELECT site_id, task_id, valid_from, created_at,
           lag(created_at) OVER (PARTITION BY site_id, task_id ORDER BY valid_from) AS previous_end
    FROM biz.coach_task_reasons
) AS s
WHERE valid_from > created_at OR valid_from < previous_end;

-- check: monthly statistics add up
SELECT 'monthly statistics add up' AS violation, site_id, assistant_id, stat_month
FROM biz.dws_assistant_task_monthly
WHERE total_created <> recall_created + follow_up_created + relationship_created
   OR total_completed + abandoned_count + transferred_count > total_created
   OR recall_completed > recall_created OR follow_up_completed > follow_up_created
   OR stat_month <> date_trunc('month', stat_month);

-- check: tables with a site_id force row-level security for api and worker
SELECT 'tables with a site_id force row-level security for api and worker' AS violation, c.oid::regclass
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id' AND NOT a.attisdropped
WHERE c.relnamespace IN ('biz'::regnamespace, 'public'::regnamespace) AND c.relkind IN ('r', 'p')
  -- (every process learns from biz.sites which sites there are; keys are a user's own, at whatever site)
  AND c.oid NOT IN ('biz.sites'::regclass, 'biz.idempotency_keys'::regclass)
  AND (NOT c.relforcerowsecurity OR NOT c.relrowsecurity OR NOT EXISTS (
           SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'zqyy_api'::regrole = ANY (p.polroles)
               AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.current_site_id%')
       OR NOT EXISTS (
           SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'zqyy_worker'::regrole = ANY (p.polroles)));

-- check: history is append-only for every program
SELECT 'history is append-only for every program' AS violation, r.rolname
FROM pg_roles r
WHERE r.rolname IN ('zqyy_api', 'zqyy_worker')
  AND (has_table_privilege(r.oid, 'biz.coach_task_history', 'UPDATE')
       OR has_table_privilege(r.oid, 'biz.coach_task_history', 'DELETE'));

-- check: the named indexes are there
SELECT 'the named indexes are there' AS violation, wanted.name
FROM (VALUES ('idx_coach_tasks_site_assistant_member_type'), ('idx_coach_tasks_assistant_status'), ('idx_notes_target'),
             ('idx_task_monthly_site_month'), ('idx_task_monthly_assistant'), ('coach_tasks_one_follow_up_per_parent'))
    AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname = wanted.name AND c.relnamespace = 'biz'::regnamespace AND i.indisvalid);
