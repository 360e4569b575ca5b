-- The customer page asks for a member's tasks by every coach, done ones too: without this it reads the whole hall's.
CREATE INDEX IF NOT EXISTS idx_coach_tasks_member
    ON biz.coach_tasks (site_id, member_id, assistant_id, created_at DESC, id DESC);
