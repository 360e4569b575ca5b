DROP FUNCTION IF EXISTS biz.tasks_as_they_stood(bigint, timestamptz);
DROP TRIGGER IF EXISTS coach_tasks_changed ON biz.coach_tasks;
DROP TRIGGER IF EXISTS coach_tasks_made ON biz.coach_tasks;
DROP FUNCTION IF EXISTS biz.coach_tasks_changed();
ALTER TABLE biz.coach_tasks DROP COLUMN IF EXISTS changed_at;

ALTER TABLE biz.coach_task_scores DROP CONSTRAINT IF EXISTS coach_task_scores_once;
ALTER TABLE biz.coach_task_scores ADD CONSTRAINT coach_task_scores_once UNIQUE (site_id, task_id, valid_from);
