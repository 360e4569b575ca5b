-- Of most tasks that have changed since a moment, one change tells how they stood then: the last. What it changed is kept beside
-- the task, and history is asked about those alone that have changed more than once since.
ALTER TABLE biz.coach_tasks
    ADD COLUMN IF NOT EXISTS previous_status text,
    ADD COLUMN IF NOT EXISTS previous_is_pinned boolean,
    ADD COLUMN IF NOT EXISTS previous_abandon_reason text,
    ADD COLUMN IF NOT EXISTS previous_changed_at timestamptz;
COMMENT ON COLUMN biz.coach_tasks.previous_status IS 'Status from previous_changed_at until changed_at; kept by a trigger. Null: never another, or not known.';
COMMENT ON COLUMN biz.coach_tasks.previous_is_pinned IS 'Whether it was pinned from previous_changed_at until changed_at.';
COMMENT ON COLUMN biz.coach_tasks.previous_abandon_reason IS 'Why it was abandoned from previous_changed_at until changed_at.';
COMMENT ON COLUMN biz.coach_tasks.previous_changed_at IS 'Since when it was as the previous_ columns say. Null: they say nothing.';

CREATE OR REPLACE FUNCTION biz.coach_tasks_keep_previous() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.previous_status := OLD.status;
    NEW.previous_is_pinned := OLD.is_pinned;
    NEW.previous_abandon_reason := OLD.abandon_reason;
    NEW.previous_changed_at := OLD.changed_at;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION biz.coach_tasks_keep_previous() IS 'Keeps the previous_ columns of biz.coach_tasks.';
REVOKE ALL ON FUNCTION biz.coach_tasks_keep_previous() FROM PUBLIC;
DROP TRIGGER IF EXISTS coach_tasks_keep_previous ON biz.coach_tasks;
CREATE TRIGGER coach_tasks_keep_previous BEFORE UPDATE ON biz.coach_tasks
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.is_pinned IS DISTINCT FROM NEW.is_pinned
          OR OLD.abandon_reason IS DISTINCT FROM NEW.abandon_reason)
    EXECUTE FUNCTION biz.coach_tasks_keep_previous();

-- What is there, as its history tells it.
UPDATE biz.coach_tasks t
SET previous_status = last.old_status,
    previous_is_pinned = CASE last.action WHEN 'pinned' THEN false WHEN 'unpinned' THEN true ELSE t.is_pinned END,
    previous_abandon_reason = CASE WHEN last.old_status = 'abandoned'
                                   THEN coalesce(last.detail -> 'abandonReason' ->> 'before', t.abandon_reason) END,
    previous_changed_at = coalesce((SELECT max(h.created_at)
                                    FROM biz.coach_task_history h
                                    WHERE h.site_id = t.site_id AND h.task_id = t.id AND h.created_at < t.changed_at),
                                   t.created_at)
FROM (
    SELECT DISTINCT ON (h.site_id, h.task_id) h.site_id, h.task_id, h.action, h.old_status, h.detail
    FROM biz.coach_task_history h
    JOIN biz.coach_tasks t ON t.site_id = h.site_id AND t.id = h.task_id
    WHERE h.created_at >= t.changed_at
    ORDER BY h.site_id, h.task_id, h.created_at, h.id
) AS last
WHERE last.site_id = t.site_id AND last.task_id = t.id AND last.old_status IS NOT NULL
  AND t.previous_changed_at IS NULL AND t.created_at < t.changed_at;

-- As biz.tasks_as_they_stood, which stays for programs that do not know this one.
CREATE OR REPLACE FUNCTION biz.tasks_at_moment(p_site_id bigint, p_until timestamptz)
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
    SELECT t.id, t.assistant_id, t.member_id, t.task_type,
           CASE WHEN t.changed_at < p_until THEN t.status
                WHEN t.previous_changed_at < p_until THEN t.previous_status
                ELSE coalesce(change.old_status, t.status) END,
           -- NaN: kept, and null then. No score is NaN.
           nullif(coalesce((SELECT CASE WHEN s.created_at >= p_until THEN coalesce(s.priority_score, 'NaN') END
                            FROM biz.coach_task_scores s
                            WHERE s.site_id = p_site_id AND s.task_id = t.id AND s.valid_from < p_until
                            ORDER BY s.valid_from DESC
                            LIMIT 1), t.priority_score), 'NaN'),
           CASE WHEN coalesce(t.expiry_set_at, t.created_at) < p_until THEN t.expires_at END,
           CASE WHEN t.changed_at < p_until THEN t.is_pinned
                WHEN t.previous_changed_at < p_until THEN t.previous_is_pinned
                WHEN change.id IS NULL OR change.new_status IN ('inactive', 'completed', 'transferred') THEN t.is_pinned
                ELSE coalesce((SELECT h.action = 'unpinned'
                               FROM biz.coach_task_history h
                               WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
                                 AND h.action IN ('pinned', 'unpinned')
                               ORDER BY h.created_at, h.id
                               LIMIT 1), t.is_pinned) END,
           CASE WHEN t.changed_at < p_until THEN t.abandon_reason
                WHEN t.previous_changed_at < p_until THEN t.previous_abandon_reason
                WHEN coalesce(change.old_status, t.status) = 'abandoned'
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
        WHERE coalesce(t.previous_changed_at, t.changed_at, t.updated_at) >= p_until
          AND h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
        ORDER BY h.created_at, h.id
        LIMIT 1
    ) AS change ON true
    WHERE p_until < '9999-01-01 00:00:00+00' AND t.site_id = p_site_id
      AND t.updated_at >= p_until AND t.updated_at < 'infinity' AND t.created_at < p_until
$$;
COMMENT ON FUNCTION biz.tasks_at_moment(bigint, timestamptz) IS 'A site''s tasks as they stood at an instant: nothing that happened at or after it. What nobody asks for, or the task itself tells, is not looked up.';
REVOKE ALL ON FUNCTION biz.tasks_at_moment(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION biz.tasks_at_moment(bigint, timestamptz) TO zqyy_api;
