-- $1 site, $2 now, by row: $3 task ids, $4 service ids, $5 service times.
WITH done AS (
    UPDATE biz.coach_tasks t
    SET status = 'completed', completed_at = s.time, completed_task_type = t.task_type, updated_at = $2
    FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[]) AS s (task_id, id, time)
    WHERE t.site_id = $1 AND t.id = s.task_id AND t.status = 'active'
      AND t.task_type IN ('high_priority_recall', 'priority_recall') AND s.time >= t.created_at
    RETURNING t.id, t.assistant_id, t.member_id, t.task_type, s.id AS service_id, s.time AS service_time
), history AS (
    INSERT INTO biz.coach_task_history
        (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, detail, created_at)
    SELECT $1, id, 'completed', 'active', 'completed', task_type, task_type,
           jsonb_build_object('serviceId', service_id, 'serviceTime', service_time), $2
    FROM done
), event AS ( -- a task completes once; the key holds that even against a hand-made event
    INSERT INTO biz.trigger_events (event_name, site_id, payload, dedup_key, fired_by)
    SELECT 'recall_completed', $1,
           jsonb_build_object('site_id', $1::bigint, 'assistant_id', assistant_id, 'member_id', member_id,
                              'task_id', id, 'service_id', service_id, 'service_time', service_time),
           'task:' || id, 'recall_completion'
    FROM done
    ON CONFLICT (event_name, site_id, dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING
)
SELECT count(*) FROM done
