-- What the past needs to be put together from: when a deadline was set, what a reason was before; and the past itself.
ALTER TABLE biz.coach_tasks ADD COLUMN IF NOT EXISTS expiry_set_at timestamptz;
COMMENT ON COLUMN biz.coach_tasks.expiry_set_at IS 'When expires_at was set; null = it has none, or had it from the beginning.';
UPDATE biz.coach_tasks t
SET expiry_set_at = h.created_at
FROM biz.coach_task_history h
WHERE h.site_id = t.site_id AND h.detail ? 'heldFollowUp' AND (h.detail ->> 'heldFollowUp')::bigint = t.id
  AND t.expires_at IS NOT NULL AND t.expiry_set_at IS NULL;

CREATE TABLE IF NOT EXISTS biz.coach_task_reasons (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL,
    task_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    reason jsonb,
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT coach_task_reasons_task FOREIGN KEY (site_id, task_id) REFERENCES biz.coach_tasks (site_id, id),
    CONSTRAINT coach_task_reasons_once UNIQUE (site_id, task_id, valid_from)
);
COMMENT ON TABLE biz.coach_task_reasons IS 'What a task''s reason was before: one row per change, valid from valid_from until created_at. A reason names its stat_date, so that most active tasks have a row per morning.';
COMMENT ON COLUMN biz.coach_task_reasons.id IS 'Row id.';
COMMENT ON COLUMN biz.coach_task_reasons.site_id IS 'Site.';
COMMENT ON COLUMN biz.coach_task_reasons.task_id IS 'Task.';
COMMENT ON COLUMN biz.coach_task_reasons.valid_from IS 'When this reason became the task''s.';
COMMENT ON COLUMN biz.coach_task_reasons.reason IS 'The reason, until created_at.';
COMMENT ON COLUMN biz.coach_task_reasons.created_at IS 'Business time at which it was replaced.';
ALTER TABLE biz.coach_task_reasons ENABLE ROW LEVEL SECURITY;
ALTER TABLE biz.coach_task_reasons FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS api_site ON biz.coach_task_reasons;
CREATE POLICY api_site ON biz.coach_task_reasons TO zqyy_api
    USING (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
DROP POLICY IF EXISTS worker_all ON biz.coach_task_reasons;
CREATE POLICY worker_all ON biz.coach_task_reasons TO zqyy_worker USING (true);
GRANT SELECT ON biz.coach_task_reasons TO zqyy_api;
GRANT SELECT, INSERT ON biz.coach_task_reasons TO zqyy_worker;

-- Tasks done in a period, whatever has become of them since.
CREATE INDEX IF NOT EXISTS idx_coach_tasks_done ON biz.coach_tasks (site_id, completed_at) WHERE completed_at IS NOT NULL;
-- Deleted notes leave their place in the past.
CREATE INDEX IF NOT EXISTS idx_audit_log_deleted_notes ON biz.audit_log (site_id, id) WHERE action = 'note.deleted';

-- A site's tasks as they stood when p_until began: nothing that happened at or after it has happened yet. A task that has
-- not changed since stands as it stood; of the others the first change since says what was before it. Live, p_until is
-- far away, and the second part is never begun. The planner takes the function apart, so that conditions on its columns
-- use the indexes of the table; "before infinity" tells it, of a plan made once for every date, that few rows have
-- changed since.
-- completed_at and completed_task_type speak only where status is completed.
CREATE OR REPLACE FUNCTION biz.tasks_at(p_site_id bigint, p_until timestamptz)
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
           CASE WHEN score.id IS NULL THEN t.priority_score ELSE score.priority_score END::numeric,
           CASE WHEN coalesce(t.expiry_set_at, t.created_at) < p_until THEN t.expires_at END,
           coalesce(pin.action = 'unpinned', t.is_pinned),
           CASE WHEN coalesce(change.old_status, t.status) = 'abandoned'
                THEN coalesce(change.detail -> 'abandonReason' ->> 'before', t.abandon_reason) END,
           t.completed_at, t.completed_task_type, t.parent_task_id,
           CASE WHEN why.id IS NULL THEN t.reason ELSE why.reason END, t.created_at
    FROM biz.coach_tasks t
    LEFT JOIN LATERAL (
        SELECT h.old_status, h.detail
        FROM biz.coach_task_history h
        WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until
        ORDER BY h.created_at, h.id
        LIMIT 1
    ) AS change ON true
    LEFT JOIN LATERAL (
        SELECT h.action
        FROM biz.coach_task_history h
        WHERE h.site_id = p_site_id AND h.task_id = t.id AND h.created_at >= p_until AND h.action IN ('pinned', 'unpinned')
        ORDER BY h.created_at, h.id
        LIMIT 1
    ) AS pin ON true
    LEFT JOIN LATERAL (
        SELECT s.id, s.priority_score
        FROM biz.coach_task_scores s
        WHERE s.site_id = p_site_id AND s.task_id = t.id AND s.created_at >= p_until
        ORDER BY s.valid_from
        LIMIT 1
    ) AS score ON true
    LEFT JOIN LATERAL (
        SELECT r.id, r.reason
        FROM biz.coach_task_reasons r
        WHERE r.site_id = p_site_id AND r.task_id = t.id AND r.created_at >= p_until
        ORDER BY r.valid_from
        LIMIT 1
    ) AS why ON true
    WHERE p_until < '9999-01-01 00:00:00+00' AND t.site_id = p_site_id
      AND t.updated_at >= p_until AND t.updated_at < 'infinity' AND t.created_at < p_until
$$;
COMMENT ON FUNCTION biz.tasks_at(bigint, timestamptz) IS 'A site''s tasks as they stood at an instant: nothing that happened at or after it.';

-- A site's notes likewise: type and score as they were, and in the place of a note that was deleted since its empty
-- frame, from the audit log. A note that a recall made a follow-up since names its task already; the task tells whether it
-- was there. Written before the frames carried the business time, a line's own time counts.
CREATE OR REPLACE FUNCTION biz.notes_at(p_site_id bigint, p_until timestamptz)
RETURNS TABLE (
    id bigint,
    user_id bigint,
    target_type text,
    target_id bigint,
    type text,
    content text,
    rating_service_willingness smallint,
    rating_revisit_likelihood smallint,
    score smallint,
    task_id bigint,
    ai_score numeric,
    ai_analysis text,
    created_at timestamptz,
    removed boolean
)
LANGUAGE sql STABLE
AS $$
    SELECT n.id, n.user_id, n.target_type, n.target_id,
           CASE WHEN n.reclassified_at >= p_until THEN 'normal' ELSE n.type END, n.content,
           n.rating_service_willingness, n.rating_revisit_likelihood, n.score, n.task_id,
           CASE WHEN n.ai_scored_at >= p_until THEN NULL ELSE n.ai_score END::numeric,
           CASE WHEN n.ai_scored_at >= p_until THEN NULL ELSE n.ai_analysis END, n.created_at, false
    FROM biz.notes n
    WHERE n.site_id = p_site_id AND n.created_at < p_until
    UNION ALL
    SELECT a.object_id::bigint, a.user_id, a.detail ->> 'targetType', (a.detail ->> 'targetId')::bigint,
           a.detail ->> 'type', NULL, NULL, NULL, NULL, (a.detail ->> 'taskId')::bigint, NULL, NULL,
           (a.detail ->> 'createdAt')::timestamptz, true
    FROM biz.audit_log a
    WHERE p_until < '9999-01-01 00:00:00+00' AND a.site_id = p_site_id AND a.action = 'note.deleted'
      AND (a.detail ->> 'createdAt')::timestamptz < p_until
      AND coalesce((a.detail ->> 'removedAt')::timestamptz, a.created_at) >= p_until
$$;
COMMENT ON FUNCTION biz.notes_at(bigint, timestamptz) IS 'A site''s notes as they stood at an instant; those deleted since without their words.';

-- A site's retention clues likewise: what stands now if it stood then, else the version that did.
CREATE OR REPLACE FUNCTION biz.clues_at(p_site_id bigint, p_until timestamptz)
RETURNS TABLE (
    id bigint,
    member_id bigint,
    category text,
    summary text,
    detail text,
    source text,
    recorded_by bigint,
    version integer,
    created_at timestamptz,
    updated_at timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT c.id, c.member_id, c.category, c.summary, c.detail, c.source, c.recorded_by, c.version, c.created_at,
           c.updated_at
    FROM public.member_retention_clue c
    WHERE c.site_id = p_site_id AND c.updated_at < p_until
    UNION ALL
    SELECT v.clue_id, v.member_id, v.category, v.summary, v.detail, v.source, v.recorded_by, v.version,
           (SELECT f.valid_from FROM public.member_retention_clue_version f
            WHERE f.site_id = p_site_id AND f.clue_id = v.clue_id ORDER BY f.version LIMIT 1),
           v.valid_from
    FROM public.member_retention_clue_version v
    WHERE v.site_id = p_site_id AND v.valid_from < p_until AND v.valid_to >= p_until
$$;
COMMENT ON FUNCTION biz.clues_at(bigint, timestamptz) IS 'A site''s retention clues as they stood at an instant.';

REVOKE ALL ON FUNCTION biz.tasks_at(bigint, timestamptz), biz.notes_at(bigint, timestamptz),
    biz.clues_at(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION biz.tasks_at(bigint, timestamptz), biz.notes_at(bigint, timestamptz),
    biz.clues_at(bigint, timestamptz) TO zqyy_api;
