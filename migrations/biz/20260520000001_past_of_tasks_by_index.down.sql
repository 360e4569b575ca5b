DROP FUNCTION IF EXISTS biz.tasks_as_of(bigint, timestamptz);
DROP INDEX IF EXISTS biz.idx_coach_tasks_assistant_status;
CREATE INDEX idx_coach_tasks_assistant_status ON biz.coach_tasks (site_id, assistant_id, status);
