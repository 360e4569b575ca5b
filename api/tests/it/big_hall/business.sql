-- The same hall's tasks, notes, people and records: 200 active tasks of coach 11, 30 of every other, and the rest over.
CREATE TEMP TABLE big AS
SELECT current_setting('big.site')::bigint AS site, current_setting('big.user')::bigint AS user_id,
       current_setting('big.coaches')::integer AS coaches, current_setting('big.members')::integer AS members,
       current_setting('big.tasks')::integer AS tasks;

INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, status, priority_score, created_at)
SELECT site, 10 + c, 1100 + n, 'relationship_building', 'active', (n * 7 % 1001)::numeric / 100, now() - n * interval '1 hour'
FROM big, generate_series(1, coaches) AS c, generate_series(1, 200) AS n
WHERE c = 1 OR n <= 30;

INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, status, priority_score, completed_at, completed_task_type,
    abandon_reason, created_at, updated_at)
SELECT site, CASE WHEN n % 10 = 0 THEN 11 ELSE 11 + n % coaches END, CASE WHEN n % 20 = 0 THEN 1001 ELSE 1001 + n::bigint * 7919 % members END,
       kind, status, (n % 1001)::numeric / 100, CASE status WHEN 'completed' THEN at + interval '2 days' END,
       CASE status WHEN 'completed' THEN kind END, CASE status WHEN 'abandoned' THEN '已搬去外地' END, at, at + interval '2 days'
FROM big, generate_series(1, tasks) AS n,
     LATERAL (SELECT (ARRAY['high_priority_recall', 'priority_recall', 'relationship_building'])[1 + n % 3] AS kind,
                     (ARRAY['completed', 'completed', 'inactive', 'abandoned', 'transferred'])[1 + n % 5] AS status,
                     now() - interval '3 days' - n::double precision / tasks * interval '500 days' AS at) AS told;

-- Four other halls of the same database.
INSERT INTO biz.sites (site_id, site_code, name)
SELECT site * 1000 + k, 'BIG' || site * 1000 + k, '别的店' FROM big, generate_series(1, 4) AS k;

INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, status, priority_score, completed_at, completed_task_type,
    abandon_reason, created_at, updated_at)
SELECT site * 1000 + k, assistant_id, member_id, task_type, status, priority_score, completed_at, completed_task_type, abandon_reason,
       created_at, updated_at
FROM big JOIN biz.coach_tasks t ON t.site_id = site CROSS JOIN generate_series(1, 4) AS k;

INSERT INTO biz.coach_task_history (site_id, task_id, action, new_status, new_task_type, created_at)
SELECT t.site_id, t.id, 'created', 'active', t.task_type, t.created_at + k * interval '1 hour'
FROM big JOIN biz.coach_tasks t ON t.site_id = site CROSS JOIN generate_series(0, 2) AS k;

INSERT INTO biz.notes (site_id, user_id, assistant_id, target_type, target_id, type, content, created_at)
SELECT site, user_id, 11, CASE WHEN n % 50 = 0 THEN 'coach' ELSE 'member' END,
       CASE WHEN n % 50 = 0 THEN 11 WHEN n % 20 = 1 THEN 1001 ELSE 1001 + n::bigint * 7919 % members END, 'normal', '备注' || n,
       now() - n * interval '10 minutes'
FROM big, generate_series(1, tasks) AS n;

INSERT INTO biz.notes (site_id, user_id, assistant_id, target_type, target_id, type, content, task_id)
SELECT t.site_id, user_id, t.assistant_id, 'member', t.member_id, 'normal', '任务备注', t.id
FROM big JOIN biz.coach_tasks t ON t.site_id = site AND t.status = 'active' AND t.assistant_id = 11;

INSERT INTO public.member_retention_clue (site_id, member_id, category, summary, source, recorded_by)
SELECT site, CASE WHEN n % 20 = 0 THEN 1001 ELSE 1001 + n::bigint * 7919 % members END, '爱好', '线索' || n, 'manual', user_id
FROM big, generate_series(1, tasks / 2) AS n;

INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value)
SELECT site, 'app4_analysis', (1000 + n)::text, '{"summary": "很久没来了", "strategies": ["打个电话"]}'
FROM big, generate_series(1, members) AS n
ON CONFLICT DO NOTHING;

-- Searches, and a deleted note in every hundred lines.
INSERT INTO biz.audit_log (site_id, user_id, role_code, action, object_type, object_id, detail, created_at)
SELECT site, user_id, 'coach', CASE WHEN n % 100 = 0 THEN 'note.deleted' ELSE 'member.searched' END,
       CASE WHEN n % 100 = 0 THEN 'note' END, CASE WHEN n % 100 = 0 THEN (1000000 + n)::text END,
       CASE WHEN n % 100 = 0
            THEN jsonb_build_object('targetType', 'member', 'targetId', 1001 + n::bigint * 7919 % members, 'type', 'normal',
                                    'createdAt', at - interval '5 days', 'removedAt', at)
            ELSE '{}' END, at
FROM big, generate_series(1, tasks * 2) AS n, LATERAL (SELECT now() - n * interval '10 minutes' AS at) AS told;

WITH joined AS (
    INSERT INTO auth.users (wx_openid, nickname, phone, status)
    SELECT 'big-' || site || '-' || n, '同事' || n, '137' || lpad(n::text, 8, '0'), 'approved'
    FROM big, generate_series(1, tasks / 10) AS n
    RETURNING id
), hired AS (
    INSERT INTO auth.user_site_roles (site_id, user_id, role_code)
    SELECT site, id, 'finance' FROM big, joined
), bound AS (
    INSERT INTO auth.user_assistant_binding (site_id, user_id) SELECT site, id FROM big, joined
)
INSERT INTO auth.applications (site_id, user_id, role_code, phone) SELECT site, id, 'coach', '13900000000' FROM big, joined;

-- What the scheduler has done at 501 halls: nearly all of it well.
INSERT INTO biz.sites (site_id, site_code, name)
SELECT site * 100000 + k, 'RUN' || site * 100000 + k, '别的店' FROM big, generate_series(1, 500) AS k;

INSERT INTO biz.trigger_runs (job_id, site_id, trigger, state, attempt, epoch, worker, started_at, finished_at, created_at, updated_at)
SELECT CASE WHEN n % 2000 = 0 THEN 7 ELSE 1 + n % 5 END, CASE n % 501 WHEN 0 THEN site ELSE site * 100000 + n % 501 END, 'event',
       CASE WHEN n % 1000 = 0 THEN 'dead' WHEN n % 300 = 0 THEN 'skipped' ELSE 'succeeded' END, 1, 1, 'worker-1',
       CASE WHEN n % 1000 = 0 OR n % 300 <> 0 THEN at END, at + interval '1 second', at, at
FROM big, generate_series(1, tasks * 10) AS n, LATERAL (SELECT now() - (tasks * 10 - n) * interval '10 seconds' AS at) AS made;

INSERT INTO biz.trigger_events (event_name, site_id, payload, created_at, dispatched_at, error)
SELECT (ARRAY['etl_data_updated', 'note_created', 'recall_completed'])[1 + n % 3],
       CASE n % 501 WHEN 0 THEN site ELSE site * 100000 + n % 501 END, '{"batch": "1"}', at, at,
       CASE WHEN n % 1000 = 0 THEN 'the site is inactive' END
FROM big, generate_series(1, tasks * 10) AS n, LATERAL (SELECT now() - (tasks * 10 - n) * interval '2 seconds' AS at) AS made;

DROP TABLE big;
