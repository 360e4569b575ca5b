ALTER TABLE biz.coach_tasks RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor);
DROP INDEX IF EXISTS biz.idx_coach_tasks_completed;
CREATE INDEX idx_coach_tasks_completed ON biz.coach_tasks (site_id, completed_at) WHERE status = 'completed';
DROP FUNCTION IF EXISTS auth.admit_to_site(bigint, bigint, integer);
