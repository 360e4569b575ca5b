-- $1 site, $2 now; to close: $3 ids, $4 the type that replaces each; to make, by row: $5 assistants, $6 members,
-- $7 types, $8 scores, $9 reasons, $10 planned parents, $11 follow-ups that stay beside it.
WITH closed AS ( -- only what is still active: a coach may have acted since it was read
    UPDATE biz.coach_tasks t
    SET status = 'inactive', updated_at = $2
    FROM unnest($3::bigint[], $4::text[]) AS old (id, new_type)
    WHERE t.site_id = $1 AND t.id = old.id AND t.status = 'active'
    RETURNING t.id, t.assistant_id, t.member_id, t.task_type, old.new_type
), made AS ( -- whoever else made the same task first keeps it
    INSERT INTO biz.coach_tasks
        (site_id, assistant_id, member_id, task_type, priority_score, reason, parent_task_id, created_at, updated_at)
    SELECT $1, n.assistant_id, n.member_id, n.task_type, n.score, n.reason::jsonb, c.id, $2, $2
    FROM unnest($5::bigint[], $6::bigint[], $7::text[], $8::numeric[], $9::text[], $10::bigint[])
        AS n (assistant_id, member_id, task_type, score, reason, parent)
    LEFT JOIN closed c ON c.id = n.parent
    ON CONFLICT (site_id, assistant_id, member_id, task_type) WHERE status = 'active' DO NOTHING
    RETURNING id, assistant_id, member_id, task_type, parent_task_id
), history AS (
    INSERT INTO biz.coach_task_history
        (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, detail, created_at)
    SELECT $1, c.id, 'type_changed', 'active', 'inactive', c.task_type, c.new_type,
           jsonb_build_object('replacedBy', m.id), $2
    FROM closed c
    LEFT JOIN made m
        ON m.assistant_id = c.assistant_id AND m.member_id = c.member_id AND m.task_type = c.new_type
    UNION ALL
    SELECT $1, m.id, CASE WHEN c.id IS NULL THEN 'created' ELSE 'type_changed' END, NULL, 'active',
           c.task_type, m.task_type,
           CASE WHEN h.id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('heldFollowUp', h.id) END, $2
    FROM made m
    LEFT JOIN closed c ON c.id = m.parent_task_id
    LEFT JOIN unnest($5::bigint[], $6::bigint[], $11::bigint[]) AS h (assistant_id, member_id, id)
        ON h.assistant_id = m.assistant_id AND h.member_id = m.member_id AND h.id IS NOT NULL
)
SELECT (SELECT count(*) FROM made) AS created,
       (SELECT count(*) FROM made WHERE parent_task_id IS NOT NULL) AS type_changed,
       (SELECT count(*) FROM closed) AS closed
