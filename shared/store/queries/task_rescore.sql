-- $1 site, $2 now, by row: $3 task ids, $4 scores, $5 reasons.
WITH fresh AS (
    SELECT u.id, u.score, u.reason::jsonb AS reason, t.priority_score AS old_score, t.reason AS old_reason,
           t.created_at, coalesce(t.scored_at, t.created_at) AS scored_at
    FROM unnest($3::bigint[], $4::numeric[], $5::text[]) AS u (id, score, reason)
    JOIN biz.coach_tasks t ON t.site_id = $1 AND t.id = u.id
    WHERE t.status = 'active'
    FOR UPDATE OF t
), changed AS (
    UPDATE biz.coach_tasks t
    SET priority_score = f.score, reason = f.reason, updated_at = $2
    FROM fresh f
    WHERE t.site_id = $1 AND t.id = f.id
    RETURNING t.id
), kept AS ( -- what the score was, from when it became so until now
    INSERT INTO biz.coach_task_scores (site_id, task_id, valid_from, priority_score, created_at)
    SELECT $1, f.id, f.scored_at, f.old_score, $2
    FROM fresh f
    WHERE f.old_score IS DISTINCT FROM f.score
    -- twice at one instant (a replayed clock): the first is the one that was shown
    ON CONFLICT (site_id, task_id, valid_from) DO NOTHING
), kept_reason AS ( -- and what the reason was
    INSERT INTO biz.coach_task_reasons (site_id, task_id, valid_from, reason, created_at)
    SELECT $1, f.id, coalesce(s.since, f.created_at), f.old_reason, $2
    FROM fresh f
    LEFT JOIN LATERAL (
        SELECT max(p.created_at) AS since FROM biz.coach_task_reasons p WHERE p.site_id = $1 AND p.task_id = f.id
    ) AS s ON true
    WHERE f.old_reason IS DISTINCT FROM f.reason
    ON CONFLICT (site_id, task_id, valid_from) DO NOTHING
)
SELECT count(*) FROM changed
