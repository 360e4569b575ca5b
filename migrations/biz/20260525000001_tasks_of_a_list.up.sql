-- Most scores stay as they are for weeks. Since when a task's does is kept beside it: before that, its history is asked.
ALTER TABLE biz.coach_tasks ADD COLUMN IF NOT EXISTS scored_at timestamptz;
COMMENT ON COLUMN biz.coach_tasks.scored_at IS 'When priority_score last changed; kept by a trigger. Null: never.';

CREATE OR REPLACE FUNCTION biz.coach_tasks_scored() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.scored_at := greatest(OLD.scored_at, NEW.updated_at);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION biz.coach_tasks_scored() IS 'Keeps biz.coach_tasks.scored_at.';
REVOKE ALL ON FUNCTION biz.coach_tasks_scored() FROM PUBLIC;
DROP TRIGGER IF EXISTS coach_tasks_scored ON biz.coach_tasks;
CREATE TRIGGER coach_tasks_scored BEFORE UPDATE ON biz.coach_tasks
    FOR EACH ROW
    WHEN (OLD.priority_score IS DISTINCT FROM NEW.priority_score)
    EXECUTE FUNCTION biz.coach_tasks_scored();

UPDATE biz.coach_tasks t
SET scored_at = s.at
FROM (SELECT site_id, task_id, max(created_at) AS at FROM biz.coach_task_scores GROUP BY site_id, task_id) AS s
WHERE s.site_id = t.site_id AND s.task_id = t.id AND t.scored_at IS NULL;

-- A page of a list shows few of its tasks: what they scored is looked up for those alone that may come on it. So a list needs to know
-- of every task what places it there, cheaply, and of which the score may have been another.
CREATE OR REPLACE FUNCTION biz.task_places_at_moment(p_site_id bigint, p_until timestamptz)
RETURNS TABLE (
    id bigint,
    assistant_id bigint,
    task_type text,
    status text,
    is_pinned boolean,
    created_at timestamptz,
    latest_score numeric,
    score_may_differ boolean
)
LANGUAGE sql STABLE
AS $$
    SELECT t.id, t.assistant_id, t.task_type, t.status, t.is_pinned, t.created_at, t.priority_score::numeric, false
    FROM biz.coach_tasks t
    WHERE t.site_id = p_site_id AND t.updated_at < p_until
    UNION ALL
    SELECT t.id, t.assistant_id, t.task_type,
           CASE WHEN t.changed_at < p_until THEN t.status
                WHEN t.previous_changed_at < p_until THEN t.previous_status
                ELSE coalesce((SELECT h.old_status
                               FROM biz.coach_task_history h
                               WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
                               ORDER BY h.created_at, h.id
                               LIMIT 1), t.status) END,
           CASE WHEN t.changed_at < p_until THEN t.is_pinned
                WHEN t.previous_changed_at < p_until THEN t.previous_is_pinned
                -- What closes a task leaves its pin.
                ELSE coalesce((SELECT CASE WHEN h.new_status IN ('inactive', 'completed', 'transferred') THEN t.is_pinned
                                           ELSE (SELECT pin.action = 'unpinned'
                                                 FROM biz.coach_task_history pin
                                                 WHERE pin.site_id = p_site_id AND pin.task_id = t.id AND pin.created_at >= p_until
                                                   AND pin.action IN ('pinned', 'unpinned')
                                                 ORDER BY pin.created_at, pin.id
                                                 LIMIT 1) END
                               FROM biz.coach_task_history h
                               WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
                               ORDER BY h.created_at, h.id
                               LIMIT 1), t.is_pinned) END,
           t.created_at, t.priority_score, coalesce(t.scored_at >= p_until, false)
    FROM biz.coach_tasks t
    WHERE p_until < '9999-01-01 00:00:00+00' AND t.site_id = p_site_id
      AND t.updated_at >= p_until AND t.updated_at < 'infinity' AND t.created_at < p_until
$$;
COMMENT ON FUNCTION biz.task_places_at_moment(bigint, timestamptz) IS 'Of biz.tasks_at_moment what places a task in a list. latest_score is its score today: where score_may_differ, biz.coach_task_scores tells what it was.';
REVOKE ALL ON FUNCTION biz.task_places_at_moment(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION biz.task_places_at_moment(bigint, timestamptz) TO zqyy_api;
