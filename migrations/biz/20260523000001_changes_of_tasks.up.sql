-- A new score is a change of the task too, and comes every morning: of most tasks that have "changed since", nothing that is
-- looked up in their history has. When that last did is kept beside the task; null: at some time up to updated_at.
ALTER TABLE biz.coach_tasks ADD COLUMN IF NOT EXISTS changed_at timestamptz;
COMMENT ON COLUMN biz.coach_tasks.changed_at IS 'When status, pin or reason for abandoning last changed; kept by a trigger. Null: at some time up to updated_at.';

CREATE OR REPLACE FUNCTION biz.coach_tasks_changed() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.changed_at := NEW.updated_at;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION biz.coach_tasks_changed() IS 'Keeps biz.coach_tasks.changed_at.';
REVOKE ALL ON FUNCTION biz.coach_tasks_changed() FROM PUBLIC;
DROP TRIGGER IF EXISTS coach_tasks_made ON biz.coach_tasks;
CREATE TRIGGER coach_tasks_made BEFORE INSERT ON biz.coach_tasks
    FOR EACH ROW EXECUTE FUNCTION biz.coach_tasks_changed();
DROP TRIGGER IF EXISTS coach_tasks_changed ON biz.coach_tasks;
CREATE TRIGGER coach_tasks_changed BEFORE UPDATE ON biz.coach_tasks
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.is_pinned IS DISTINCT FROM NEW.is_pinned
          OR OLD.abandon_reason IS DISTINCT FROM NEW.abandon_reason)
    EXECUTE FUNCTION biz.coach_tasks_changed();

-- What is there: a pin or a status is not older than the newest line of its history.
UPDATE biz.coach_tasks t
SET changed_at = (SELECT max(h.created_at) FROM biz.coach_task_history h WHERE h.site_id = t.site_id AND h.task_id = t.id)
WHERE changed_at IS NULL;

-- As biz.tasks_as_of, but for the history of tasks of which nothing in it has changed since; that one stays for programs that
-- do not know this one.
CREATE OR REPLACE FUNCTION biz.tasks_as_they_stood(p_site_id bigint, p_until timestamptz)
RETURNS TABLE (
    id bigint,
    assistant_id bigint,
    member_id bigint,
    task_type text,
    status text,
    priority_score numeric,
    expires_at timestamptz,
    is_pinned boolean,
    abandon_reason text,
    completed_at timestamptz,
    completed_task_type text,
    parent_task_id bigint,
    reason jsonb,
    created_at timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT t.id, t.assistant_id, t.member_id, t.task_type, t.status, t.priority_score::numeric, t.expires_at,
           t.is_pinned, t.abandon_reason, t.completed_at, t.completed_task_type, t.parent_task_id, t.reason, t.created_at
    FROM biz.coach_tasks t
    WHERE t.site_id = p_site_id AND t.updated_at < p_until
    UNION ALL
    SELECT t.id, t.assistant_id, t.member_id, t.task_type, coalesce(change.old_status, t.status),
           (SELECT CASE WHEN was.created_at >= p_until THEN was.priority_score ELSE t.priority_score END
            FROM (VALUES (1)) AS always (one)
            LEFT JOIN LATERAL (
                SELECT s.priority_score, s.created_at
                FROM biz.coach_task_scores s
                WHERE s.site_id = p_site_id AND s.task_id = t.id AND s.valid_from < p_until
                ORDER BY s.valid_from DESC
                LIMIT 1
            ) AS was ON true)::numeric,
           CASE WHEN coalesce(t.expiry_set_at, t.created_at) < p_until THEN t.expires_at END,
           CASE WHEN change.id IS NULL OR change.new_status IN ('inactive', 'completed', 'transferred') THEN t.is_pinned
                ELSE coalesce((SELECT h.action = 'unpinned'
                               FROM biz.coach_task_history h
                               WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
                                 AND h.action IN ('pinned', 'unpinned')
                               ORDER BY h.created_at, h.id
                               LIMIT 1), t.is_pinned) END,
           CASE WHEN coalesce(change.old_status, t.status) = 'abandoned'
                THEN coalesce(change.detail -> 'abandonReason' ->> 'before', t.abandon_reason) END,
           t.completed_at, t.completed_task_type, t.parent_task_id,
           (SELECT CASE WHEN was.created_at >= p_until THEN was.reason ELSE t.reason END
            FROM (VALUES (1)) AS always (one)
            LEFT JOIN LATERAL (
                SELECT r.reason, r.created_at
                FROM biz.coach_task_reasons r
                WHERE r.site_id = p_site_id AND r.task_id = t.id AND r.valid_from < p_until
                ORDER BY r.valid_from DESC
                LIMIT 1
            ) AS was ON true),
           t.created_at
    FROM biz.coach_tasks t
    LEFT JOIN LATERAL (
        SELECT h.id, h.old_status, h.new_status, h.detail
        FROM biz.coach_task_history h
        WHERE coalesce(t.changed_at, t.updated_at) >= p_until
          AND h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
        ORDER BY h.created_at, h.id
        LIMIT 1
    ) AS change ON true
    WHERE p_until < '9999-01-01 00:00:00+00' AND t.site_id = p_site_id
      AND t.updated_at >= p_until AND t.updated_at < 'infinity' AND t.created_at < p_until
$$;
COMMENT ON FUNCTION biz.tasks_as_they_stood(bigint, timestamptz) IS 'A site''s tasks as they stood at an instant: nothing that happened at or after it. What nobody asks for, or cannot have changed since, is not looked up.';
REVOKE ALL ON FUNCTION biz.tasks_as_they_stood(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION biz.tasks_as_they_stood(bigint, timestamptz) TO zqyy_api;

-- The score that held, from the index alone.
ALTER TABLE biz.coach_task_scores DROP CONSTRAINT IF EXISTS coach_task_scores_once;
ALTER TABLE biz.coach_task_scores ADD CONSTRAINT coach_task_scores_once
    UNIQUE (site_id, task_id, valid_from) INCLUDE (priority_score, created_at);
