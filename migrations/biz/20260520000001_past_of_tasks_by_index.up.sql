-- A page of the past costs about what today's does: the version of a score or a reason that held at an instant is found by
-- one step of the index that keeps versions apart, and only where somebody asks for it.

-- By coach, what has not changed since an instant, and what has: without it the past read every task of the site that had.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_index
               WHERE indexrelid = to_regclass('biz.idx_coach_tasks_assistant_status') AND indnkeyatts = 3) THEN
        DROP INDEX biz.idx_coach_tasks_assistant_status;
    END IF;
END
$$;
CREATE INDEX IF NOT EXISTS idx_coach_tasks_assistant_status
    ON biz.coach_tasks (site_id, assistant_id, status, updated_at);

-- A site's tasks as they stood when p_until began: nothing that happened at or after it has happened yet. A task that has
-- not changed since stands as it stood; of the others the first change since says what was before it. Live, p_until is
-- far away, and the second part is never begun. The planner takes the function apart, so that conditions on its columns
-- use the indexes of the table, and columns that nobody asks for are not looked up; "before infinity" tells it, of a plan
-- made once for every date, that few rows have changed since.
-- Versions follow each other without a gap: the last one to begin before p_until held then, unless it had ended, which
-- leaves what the task itself says. Pins are changes too, of what is active: none is looked for where nothing has changed
-- since, or the first change was the task's end.
-- completed_at and completed_task_type speak only where status is completed. biz.tasks_at answers the same, slowly; it stays
-- for programs that do not know this one.
CREATE OR REPLACE FUNCTION biz.tasks_as_of(p_site_id bigint, p_until timestamptz)
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
        WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
        ORDER BY h.created_at, h.id
        LIMIT 1
    ) AS change ON true
    WHERE p_until < '9999-01-01 00:00:00+00' AND t.site_id = p_site_id
      AND t.updated_at >= p_until AND t.updated_at < 'infinity' AND t.created_at < p_until
$$;
COMMENT ON FUNCTION biz.tasks_as_of(bigint, timestamptz) IS 'A site''s tasks as they stood at an instant: nothing that happened at or after it. What nobody asks for is not looked up.';

REVOKE ALL ON FUNCTION biz.tasks_as_of(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION biz.tasks_as_of(bigint, timestamptz) TO zqyy_api;
