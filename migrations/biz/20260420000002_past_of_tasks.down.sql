DROP FUNCTION IF EXISTS biz.tasks_at(bigint, timestamptz), biz.notes_at(bigint, timestamptz),
    biz.clues_at(bigint, timestamptz);
DROP INDEX IF EXISTS biz.idx_audit_log_deleted_notes, biz.idx_coach_tasks_done;
DROP TABLE IF EXISTS biz.coach_task_reasons;
ALTER TABLE biz.coach_tasks DROP COLUMN IF EXISTS expiry_set_at;
