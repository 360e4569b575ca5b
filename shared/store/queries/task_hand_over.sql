-- $1 site, $2 now, $3 the task, $4 the coach who gets it, $5 why, $6 who hands it over.
WITH old AS (
    UPDATE biz.coach_tasks SET status = 'transferred', updated_at = $2
    WHERE site_id = $1 AND id = $3 AND status = 'active'
    RETURNING id, assistant_id, member_id, task_type, priority_score, reason
), made AS ( -- pins, deadlines and how close the member is are the old coach's own
    INSERT INTO biz.coach_tasks
        (site_id, assistant_id, member_id, task_type, priority_score, reason, parent_task_id, created_at, updated_at)
    SELECT $1, $4, member_id, task_type, priority_score,
           CASE WHEN reason ? 'rs' THEN jsonb_set(reason, '{rs}', 'null') ELSE reason END, id, $2, $2
    FROM old
    RETURNING id, task_type
), history AS ( -- "created" for the new coach: being handed a task starts no cool-down
    INSERT INTO biz.coach_task_history
        (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, actor_user_id, detail, created_at)
    SELECT $1, old.id, 'transferred', 'active', 'transferred', old.task_type, old.task_type, $6::bigint,
           jsonb_build_object('assistantId', jsonb_build_object('before', old.assistant_id, 'after', $4::bigint),
                              'reason', $5::text, 'successorId', made.id), $2
    FROM old, made
    UNION ALL
    SELECT $1, made.id, 'created', NULL, 'active', NULL, made.task_type, $6,
           jsonb_build_object('assistantId', jsonb_build_object('before', old.assistant_id, 'after', $4),
                              'reason', $5, 'transferredFrom', old.id), $2
    FROM old, made
)
SELECT id AS "id!" FROM made
