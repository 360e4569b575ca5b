DROP FUNCTION IF EXISTS biz.task_places_at_moment(bigint, timestamptz);
DROP TRIGGER IF EXISTS coach_tasks_scored ON biz.coach_tasks;
DROP FUNCTION IF EXISTS biz.coach_tasks_scored();
ALTER TABLE biz.coach_tasks DROP COLUMN IF EXISTS scored_at;
