DROP INDEX IF EXISTS biz.idx_coach_tasks_member;
