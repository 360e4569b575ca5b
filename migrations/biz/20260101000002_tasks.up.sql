-- The task engine: tasks, their history, notes, rules, statistics.
CREATE TABLE IF NOT EXISTS biz.task_rules (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id bigint REFERENCES biz.sites,
    high_threshold numeric(4,2) NOT NULL CHECK (high_threshold BETWEEN 0 AND 10),
    priority_threshold numeric(4,2) NOT NULL CHECK (priority_threshold BETWEEN 0 AND 10),
    relationship_threshold numeric(4,2) NOT NULL CHECK (relationship_threshold BETWEEN 0 AND 10),
    abandon_cooldown_days integer NOT NULL DEFAULT 30 CHECK (abandon_cooldown_days BETWEEN 0 AND 3650),
    version integer NOT NULL CHECK (version > 0),
    effective_from date NOT NULL,
    created_by bigint REFERENCES auth.users,
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    updated_at timestamptz NOT NULL DEFAULT biz.business_now(),
    CONSTRAINT task_rules_priority_below_high CHECK (priority_threshold < high_threshold),
    CONSTRAINT task_rules_version UNIQUE NULLS NOT DISTINCT (site_id, version)
);
COMMENT ON TABLE biz.task_rules IS 'Thresholds of the task generator: one default line of versions and one per site. Rows are never overwritten.';
COMMENT ON COLUMN biz.task_rules.id IS 'Row id.';
COMMENT ON COLUMN biz.task_rules.site_id IS 'Site; null = the default for sites without rows of their own.';
COMMENT ON COLUMN biz.task_rules.high_threshold IS 'max(WBI, NCI) above it: high_priority_recall. 0-10.';
COMMENT ON COLUMN biz.task_rules.priority_threshold IS 'max(WBI, NCI) above it: priority_recall. 0-10, below high_threshold.';
COMMENT ON COLUMN biz.task_rules.relationship_threshold IS 'RS below it: relationship_building. 0-10.';
COMMENT ON COLUMN biz.task_rules.abandon_cooldown_days IS 'Business days for which an abandoned or transferred task of a type is not made again; 0 = off.';
COMMENT ON COLUMN biz.task_rules.version IS 'Rises with every edit of a site''s (or the default) rules.';
COMMENT ON COLUMN biz.task_rules.effective_from IS 'First business date on which the row counts.';
COMMENT ON COLUMN biz.task_rules.created_by IS 'Manager who wrote it; null = shipped.';

INSERT INTO biz.task_rules (site_id, high_threshold, priority_threshold, relationship_threshold, abandon_cooldown_days, version, effective_from)
VALUES (NULL, 7, 5, 6, 30, 1, '2000-01-01')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS biz.coach_tasks (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    assistant_id bigint NOT NULL,
    member_id bigint NOT NULL CHECK (member_id > 0),
    task_type text NOT NULL
        CHECK (task_type IN ('high_priority_recall', 'priority_recall', 'follow_up_visit', 'relationship_building')),
    status text NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'inactive', 'completed', 'abandoned', 'transferred')),
    priority_score numeric(5,2) CHECK (priority_score BETWEEN 0 AND 10),
    expires_at timestamptz,
    is_pinned boolean NOT NULL DEFAULT false,
    abandon_reason text,
    completed_at timestamptz,
    completed_task_type text,
    parent_task_id bigint,
    reason jsonb,
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    updated_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT coach_tasks_parent FOREIGN KEY (site_id, parent_task_id) REFERENCES biz.coach_tasks (site_id, id),
    CONSTRAINT coach_tasks_completed_whole CHECK (
        (status = 'completed') = (completed_at IS NOT NULL)
        AND (status = 'completed') = (completed_task_type IS NOT NULL)),
    CONSTRAINT coach_tasks_completed_type CHECK (
        completed_task_type IN ('high_priority_recall', 'priority_recall', 'follow_up_visit', 'relationship_building')),
    CONSTRAINT coach_tasks_abandoned_says_why CHECK (
        (status = 'abandoned') = (abandon_reason IS NOT NULL) AND btrim(abandon_reason) <> '')
);
-- At most one active task per pair and type, whoever writes.
CREATE UNIQUE INDEX IF NOT EXISTS idx_coach_tasks_site_assistant_member_type
    ON biz.coach_tasks (site_id, assistant_id, member_id, task_type) WHERE status = 'active';
CREATE INDEX IF NOT EXISTS idx_coach_tasks_assistant_status
    ON biz.coach_tasks (site_id, assistant_id, status);
CREATE UNIQUE INDEX IF NOT EXISTS coach_tasks_one_follow_up_per_parent
    ON biz.coach_tasks (site_id, parent_task_id) WHERE task_type = 'follow_up_visit';
CREATE INDEX IF NOT EXISTS idx_coach_tasks_parent ON biz.coach_tasks (site_id, parent_task_id);
CREATE INDEX IF NOT EXISTS idx_coach_tasks_expiry
    ON biz.coach_tasks (site_id, expires_at) WHERE status = 'active' AND expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_coach_tasks_completed
    ON biz.coach_tasks (site_id, completed_at) WHERE status = 'completed';
CREATE INDEX IF NOT EXISTS idx_coach_tasks_updated ON biz.coach_tasks (site_id, updated_at);
COMMENT ON TABLE biz.coach_tasks IS 'Whom a coach should contact and why. Written by the generator, recall completion, note reclassification and the coaches'' actions; every change of state leaves a row in biz.coach_task_history.';
COMMENT ON COLUMN biz.coach_tasks.id IS 'Task id, unique across sites.';
COMMENT ON COLUMN biz.coach_tasks.site_id IS 'Site.';
COMMENT ON COLUMN biz.coach_tasks.assistant_id IS 'Coach, the warehouse''s assistant_id.';
COMMENT ON COLUMN biz.coach_tasks.member_id IS 'Member, the warehouse''s member_id; never a walk-in.';
COMMENT ON COLUMN biz.coach_tasks.task_type IS 'high_priority_recall, priority_recall, follow_up_visit, relationship_building.';
COMMENT ON COLUMN biz.coach_tasks.status IS 'active, inactive, completed, abandoned, transferred.';
COMMENT ON COLUMN biz.coach_tasks.priority_score IS 'max(WBI, NCI) of the newest snapshot, 0-10; a follow-up has its parent''s.';
COMMENT ON COLUMN biz.coach_tasks.expires_at IS 'From then on the task becomes inactive; null = never. Set once, when another task is made beside a follow-up.';
COMMENT ON COLUMN biz.coach_tasks.is_pinned IS 'Pinned to the top by the coach.';
COMMENT ON COLUMN biz.coach_tasks.abandon_reason IS 'Why the coach gave it up; set exactly while abandoned.';
COMMENT ON COLUMN biz.coach_tasks.completed_at IS 'A recall: the time of the service that completed it; else the moment of completion.';
COMMENT ON COLUMN biz.coach_tasks.completed_task_type IS 'The type at the moment of completion.';
COMMENT ON COLUMN biz.coach_tasks.parent_task_id IS 'The task that this one follows: replaced, recalled or transferred.';
COMMENT ON COLUMN biz.coach_tasks.reason IS 'Why the generator made it: wbi, nci, rs, statDate, thresholds {high, priority, relationship}, ruleVersion.';

CREATE TABLE IF NOT EXISTS biz.coach_task_scores (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL,
    task_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    priority_score numeric(5,2),
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT coach_task_scores_task FOREIGN KEY (site_id, task_id) REFERENCES biz.coach_tasks (site_id, id),
    CONSTRAINT coach_task_scores_once UNIQUE (site_id, task_id, valid_from)
);
COMMENT ON TABLE biz.coach_task_scores IS 'What a task''s priority_score was before: one row per change, valid from valid_from until created_at.';
COMMENT ON COLUMN biz.coach_task_scores.id IS 'Row id.';
COMMENT ON COLUMN biz.coach_task_scores.site_id IS 'Site.';
COMMENT ON COLUMN biz.coach_task_scores.task_id IS 'Task.';
COMMENT ON COLUMN biz.coach_task_scores.valid_from IS 'When this score became the task''s.';
COMMENT ON COLUMN biz.coach_task_scores.priority_score IS 'The score, until created_at.';

CREATE TABLE IF NOT EXISTS biz.coach_task_history (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL,
    task_id bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('created', 'type_changed', 'pinned', 'unpinned', 'abandoned',
        'abandon_cancelled', 'transferred', 'superseded', 'expired', 'completed', 'coach_left')),
    old_status text,
    new_status text,
    old_task_type text,
    new_task_type text,
    actor_user_id bigint REFERENCES auth.users,
    detail jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT coach_task_history_task FOREIGN KEY (site_id, task_id) REFERENCES biz.coach_tasks (site_id, id)
);
CREATE INDEX IF NOT EXISTS idx_coach_task_history_task ON biz.coach_task_history (site_id, task_id, created_at, id);
CREATE INDEX IF NOT EXISTS idx_coach_task_history_cooldown
    ON biz.coach_task_history (site_id, created_at) WHERE action IN ('abandoned', 'transferred');
COMMENT ON TABLE biz.coach_task_history IS 'One row per change of a task''s status, pin or coach, in the same transaction as the change. Append-only.';
COMMENT ON COLUMN biz.coach_task_history.id IS 'Row id.';
COMMENT ON COLUMN biz.coach_task_history.site_id IS 'Site.';
COMMENT ON COLUMN biz.coach_task_history.task_id IS 'Task.';
COMMENT ON COLUMN biz.coach_task_history.action IS 'created, type_changed, pinned, unpinned, abandoned, abandon_cancelled, transferred, superseded, expired, completed, coach_left.';
COMMENT ON COLUMN biz.coach_task_history.old_status IS 'Status before; null when the task was made.';
COMMENT ON COLUMN biz.coach_task_history.new_status IS 'Status after.';
COMMENT ON COLUMN biz.coach_task_history.old_task_type IS 'Type before: on type_changed, that of the task replaced.';
COMMENT ON COLUMN biz.coach_task_history.new_task_type IS 'Type after: on type_changed, that of the replacement.';
COMMENT ON COLUMN biz.coach_task_history.actor_user_id IS 'Who did it; null = the system.';
COMMENT ON COLUMN biz.coach_task_history.detail IS 'What else changed, before and after.';

CREATE TABLE IF NOT EXISTS biz.notes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    user_id bigint NOT NULL REFERENCES auth.users,
    assistant_id bigint,
    target_type text NOT NULL CHECK (target_type IN ('member', 'coach')),
    target_id bigint NOT NULL CHECK (target_id > 0),
    type text NOT NULL CHECK (type IN ('normal', 'follow_up')),
    content text NOT NULL CHECK (char_length(btrim(content)) BETWEEN 1 AND 2000),
    rating_service_willingness smallint CHECK (rating_service_willingness BETWEEN 1 AND 5),
    rating_revisit_likelihood smallint CHECK (rating_revisit_likelihood BETWEEN 1 AND 5),
    score smallint CHECK (score BETWEEN 1 AND 5),
    task_id bigint,
    ai_score numeric(4,2) CHECK (ai_score BETWEEN 1 AND 10),
    ai_analysis text,
    ai_scored_at timestamptz,
    reclassified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    updated_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT notes_task FOREIGN KEY (site_id, task_id) REFERENCES biz.coach_tasks (site_id, id)
);
CREATE INDEX IF NOT EXISTS idx_notes_target ON biz.notes (site_id, target_type, target_id, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS idx_notes_task ON biz.notes (site_id, task_id) WHERE task_id IS NOT NULL;
COMMENT ON TABLE biz.notes IS 'What coaches write about a member, or managers about a coach.';
COMMENT ON COLUMN biz.notes.id IS 'Note id, unique across sites.';
COMMENT ON COLUMN biz.notes.site_id IS 'Site.';
COMMENT ON COLUMN biz.notes.user_id IS 'Author.';
COMMENT ON COLUMN biz.notes.assistant_id IS 'The author as coach; null for staff who coach nobody.';
COMMENT ON COLUMN biz.notes.target_type IS 'member or coach.';
COMMENT ON COLUMN biz.notes.target_id IS 'member_id or assistant_id.';
COMMENT ON COLUMN biz.notes.type IS 'follow_up when linked to a follow_up_visit task or reclassified after a recall, else normal.';
COMMENT ON COLUMN biz.notes.content IS '1-2000 characters after trimming.';
COMMENT ON COLUMN biz.notes.rating_service_willingness IS '1-5 or null.';
COMMENT ON COLUMN biz.notes.rating_revisit_likelihood IS '1-5 or null.';
COMMENT ON COLUMN biz.notes.score IS '1-5 or null.';
COMMENT ON COLUMN biz.notes.task_id IS 'Task it was written for.';
COMMENT ON COLUMN biz.notes.ai_score IS 'AI application 6, 1-10; null = not scored.';
COMMENT ON COLUMN biz.notes.ai_analysis IS 'AI application 6, text.';
COMMENT ON COLUMN biz.notes.ai_scored_at IS 'When it was scored.';
COMMENT ON COLUMN biz.notes.reclassified_at IS 'When a recall made it a follow_up.';

CREATE TABLE IF NOT EXISTS biz.ai_cache (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    cache_type text NOT NULL CHECK (cache_type IN ('app4_analysis', 'app5_talking_points', 'app8_consolidate')),
    target_id text NOT NULL CHECK (target_id <> ''),
    cache_value jsonb NOT NULL,
    score numeric(4,2),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    updated_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT ai_cache_target UNIQUE (site_id, cache_type, target_id)
);
COMMENT ON TABLE biz.ai_cache IS 'The newest answer of each AI application per target.';
COMMENT ON COLUMN biz.ai_cache.id IS 'Row id.';
COMMENT ON COLUMN biz.ai_cache.site_id IS 'Site.';
COMMENT ON COLUMN biz.ai_cache.cache_type IS 'app4_analysis (member), app5_talking_points (assistant:member), app8_consolidate.';
COMMENT ON COLUMN biz.ai_cache.target_id IS 'memberId, or assistantId:memberId.';
COMMENT ON COLUMN biz.ai_cache.cache_value IS 'The answer; app4_analysis: {summary, strategies}.';
COMMENT ON COLUMN biz.ai_cache.score IS 'The application''s own score, if it gives one.';
COMMENT ON COLUMN biz.ai_cache.expires_at IS 'From then on not shown; null = never.';

CREATE TABLE IF NOT EXISTS biz.dws_assistant_task_monthly (
    id bigserial PRIMARY KEY,
    site_id bigint NOT NULL,
    assistant_id bigint NOT NULL,
    stat_month date NOT NULL,
    recall_created integer NOT NULL DEFAULT 0,
    follow_up_created integer NOT NULL DEFAULT 0,
    relationship_created integer NOT NULL DEFAULT 0,
    total_created integer NOT NULL DEFAULT 0,
    recall_completed integer NOT NULL DEFAULT 0,
    follow_up_completed integer NOT NULL DEFAULT 0,
    total_completed integer NOT NULL DEFAULT 0,
    abandoned_count integer NOT NULL DEFAULT 0,
    transferred_count integer NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dws_assistant_task_monthly_key UNIQUE (site_id, assistant_id, stat_month)
);
CREATE INDEX IF NOT EXISTS idx_task_monthly_site_month ON biz.dws_assistant_task_monthly (site_id, stat_month DESC);
CREATE INDEX IF NOT EXISTS idx_task_monthly_assistant ON biz.dws_assistant_task_monthly (assistant_id, stat_month DESC);
COMMENT ON TABLE biz.dws_assistant_task_monthly IS 'Tasks per coach and business month of created_at; upserted after each generator run for the current month and every month with a task changed since.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.id IS 'Row id.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.site_id IS 'Site.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.assistant_id IS 'Coach.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.stat_month IS 'First day of the business month in which the tasks were created.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.recall_created IS 'high_priority_recall and priority_recall.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.follow_up_created IS 'follow_up_visit.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.relationship_created IS 'relationship_building.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.total_created IS 'All types.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.recall_completed IS 'Of recall_created, those completed by now.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.follow_up_completed IS 'Of follow_up_created, those completed by now.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.total_completed IS 'Of total_created, those completed by now, relationship_building too.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.abandoned_count IS 'Of total_created, those abandoned now.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.transferred_count IS 'Of total_created, those transferred to another coach.';
COMMENT ON COLUMN biz.dws_assistant_task_monthly.updated_at IS 'Business time of the last recount that found a change.';

-- The second lock: the api sees the site of its transaction, the worker every site.
DO $rls$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['coach_tasks', 'coach_task_scores', 'coach_task_history', 'notes', 'ai_cache',
                             'dws_assistant_task_monthly'] LOOP
        EXECUTE format('ALTER TABLE biz.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE biz.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS api_site ON biz.%I', t);
        EXECUTE format('CREATE POLICY api_site ON biz.%I TO zqyy_api
            USING (site_id = NULLIF(current_setting(''app.current_site_id'', true), '''')::bigint)', t);
        EXECUTE format('DROP POLICY IF EXISTS worker_all ON biz.%I', t);
        EXECUTE format('CREATE POLICY worker_all ON biz.%I TO zqyy_worker USING (true)', t);
    END LOOP;
END
$rls$;

ALTER TABLE biz.task_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE biz.task_rules FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS api_site ON biz.task_rules;
CREATE POLICY api_site ON biz.task_rules TO zqyy_api
    USING (site_id IS NULL OR site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint)
    WITH CHECK (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
DROP POLICY IF EXISTS worker_all ON biz.task_rules;
CREATE POLICY worker_all ON biz.task_rules TO zqyy_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON biz.coach_tasks TO zqyy_api, zqyy_worker;
GRANT SELECT, INSERT ON biz.coach_task_history TO zqyy_api, zqyy_worker;
GRANT SELECT ON biz.coach_task_scores TO zqyy_api;
GRANT SELECT, INSERT ON biz.coach_task_scores TO zqyy_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON biz.notes TO zqyy_api;
GRANT SELECT, UPDATE ON biz.notes TO zqyy_worker;
GRANT SELECT ON biz.ai_cache TO zqyy_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON biz.ai_cache TO zqyy_worker;
GRANT SELECT ON biz.task_rules TO zqyy_worker;
GRANT SELECT, INSERT ON biz.task_rules TO zqyy_api;
GRANT SELECT ON biz.dws_assistant_task_monthly TO zqyy_api;
GRANT SELECT, INSERT, UPDATE ON biz.dws_assistant_task_monthly TO zqyy_worker;
GRANT USAGE ON SEQUENCE biz.dws_assistant_task_monthly_id_seq TO zqyy_worker;
CREATE INDEX IF NOT EXISTS idx_coach_tasks_created ON biz.coach_tasks (site_id, created_at);
