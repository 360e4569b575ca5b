DROP FUNCTION IF EXISTS biz.tasks_at_moment(bigint, timestamptz);
DROP TRIGGER IF EXISTS coach_tasks_keep_previous ON biz.coach_tasks;
DROP FUNCTION IF EXISTS biz.coach_tasks_keep_previous();
ALTER TABLE biz.coach_tasks
    DROP COLUMN IF EXISTS previous_status,
    DROP COLUMN IF EXISTS previous_is_pinned,
    DROP COLUMN IF EXISTS previous_abandon_reason,
    DROP COLUMN IF EXISTS previous_changed_at;
