-- Accounts whole: applications, refresh tokens, the shared WeChat token; audit, idempotency keys, rate limits; what AI was
-- asked; retention clues.

-- The api's way to a user's own rows where no site is chosen yet: a new user's, or an applicant's.
CREATE OR REPLACE FUNCTION auth.open_account(p_user_id bigint, p_token_version integer)
RETURNS TABLE (user_status text, nickname text, phone text, business_now timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.status, u.nickname, u.phone, biz.business_now()
    FROM auth.users u
    CROSS JOIN LATERAL (SELECT set_config('app.current_user_id', u.id::text, true)) AS own
    WHERE u.id = p_user_id AND u.token_version = p_token_version
$$;
COMMENT ON FUNCTION auth.open_account(bigint, integer) IS 'Opens a transaction on a user''s own rows, without a site: sets app.current_user_id.';

-- Administrators work on every site: the permissions of the role admin, held anywhere, hold everywhere.
CREATE OR REPLACE FUNCTION auth.open_everywhere(p_user_id bigint, p_token_version integer)
RETURNS TABLE (user_status text, nickname text, permissions text[], business_now timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.status, u.nickname, held.permissions, biz.business_now()
    FROM auth.users u
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT p.permission_code ORDER BY p.permission_code), '{}') AS permissions
        FROM auth.user_site_roles r
        JOIN auth.role_permissions p ON p.role_code = r.role_code
        WHERE r.user_id = u.id AND r.role_code = 'admin'
    ) AS held
    CROSS JOIN LATERAL (
        SELECT set_config('app.current_user_id', u.id::text, true),
               set_config('app.every_site',
                   CASE WHEN cardinality(held.permissions) > 0 AND u.status = 'approved' THEN 'on' ELSE '' END, true)
    ) AS scope
    WHERE u.id = p_user_id AND u.token_version = p_token_version
$$;
COMMENT ON FUNCTION auth.open_everywhere(bigint, integer) IS 'Opens an administrator''s transaction over every site: sets app.every_site for approved holders of the role admin, and for nobody else.';

REVOKE ALL ON FUNCTION auth.open_account(bigint, integer), auth.open_everywhere(bigint, integer) FROM PUBLIC;
GRANT CREATE ON SCHEMA auth TO zqyy_definer;
ALTER FUNCTION auth.open_account(bigint, integer) OWNER TO zqyy_definer;
ALTER FUNCTION auth.open_everywhere(bigint, integer) OWNER TO zqyy_definer;
REVOKE CREATE ON SCHEMA auth FROM zqyy_definer;
GRANT EXECUTE ON FUNCTION auth.open_account(bigint, integer), auth.open_everywhere(bigint, integer) TO zqyy_api;

CREATE TABLE IF NOT EXISTS auth.applications (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    user_id bigint NOT NULL REFERENCES auth.users,
    role_code text NOT NULL REFERENCES auth.roles,
    phone text NOT NULL CHECK (phone ~ '^\+?[0-9]{5,20}$'),
    employee_number text CHECK (char_length(btrim(employee_number)) BETWEEN 1 AND 50),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected')),
    review_note text CHECK (char_length(review_note) <= 500),
    reviewer_id bigint REFERENCES auth.users,
    reviewed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT applications_reviewed_whole CHECK ((status = 'pending') = (reviewed_at IS NULL)),
    CONSTRAINT applications_rejected_says_why CHECK (status <> 'rejected' OR btrim(coalesce(review_note, '')) <> '')
);
CREATE UNIQUE INDEX IF NOT EXISTS applications_one_pending ON auth.applications (site_id, user_id) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS idx_applications_user ON auth.applications (user_id, id);
CREATE INDEX IF NOT EXISTS idx_applications_status ON auth.applications (site_id, status, id);
COMMENT ON TABLE auth.applications IS 'Who asked to work at which site, and what an administrator answered. At most one pending per user and site.';
COMMENT ON COLUMN auth.applications.id IS 'Application id, unique across sites.';
COMMENT ON COLUMN auth.applications.site_id IS 'Site applied for.';
COMMENT ON COLUMN auth.applications.user_id IS 'Applicant.';
COMMENT ON COLUMN auth.applications.role_code IS 'Role asked for.';
COMMENT ON COLUMN auth.applications.phone IS 'Phone to be reached at: 5-20 digits; shown masked.';
COMMENT ON COLUMN auth.applications.employee_number IS 'As the site knows the applicant; null = none given.';
COMMENT ON COLUMN auth.applications.status IS 'pending, approved, rejected.';
COMMENT ON COLUMN auth.applications.review_note IS 'The reviewer''s words; a rejection must have them.';
COMMENT ON COLUMN auth.applications.reviewer_id IS 'Who decided.';
COMMENT ON COLUMN auth.applications.reviewed_at IS 'When.';

CREATE TABLE IF NOT EXISTS auth.refresh_tokens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    family uuid NOT NULL,
    parent_id bigint REFERENCES auth.refresh_tokens ON DELETE SET NULL,
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    user_id bigint NOT NULL REFERENCES auth.users,
    site_id bigint REFERENCES biz.sites,
    audience text NOT NULL CHECK (audience IN ('mini_program', 'back_office')),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_refresh_tokens_family ON auth.refresh_tokens (family, generation);
CREATE INDEX IF NOT EXISTS idx_refresh_tokens_user ON auth.refresh_tokens (user_id) WHERE revoked_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_refresh_tokens_expiry ON auth.refresh_tokens (expires_at);
CREATE INDEX IF NOT EXISTS idx_refresh_tokens_parent ON auth.refresh_tokens (parent_id);
COMMENT ON TABLE auth.refresh_tokens IS 'Refresh tokens by rotation: each use makes a child, and using an old one again (beyond 60 s, or older than the newest rotation) revokes its family.';
COMMENT ON COLUMN auth.refresh_tokens.id IS 'Row id.';
COMMENT ON COLUMN auth.refresh_tokens.token_hash IS 'SHA-256 of the token; the token itself is kept nowhere.';
COMMENT ON COLUMN auth.refresh_tokens.family IS 'One sign-in and all that was rotated from it.';
COMMENT ON COLUMN auth.refresh_tokens.parent_id IS 'The token it was rotated from; null = made by the sign-in, or the parent is pruned.';
COMMENT ON COLUMN auth.refresh_tokens.generation IS 'Rotations since the sign-in.';
COMMENT ON COLUMN auth.refresh_tokens.user_id IS 'User.';
COMMENT ON COLUMN auth.refresh_tokens.site_id IS 'Site that the next access token is for; null = none chosen yet.';
COMMENT ON COLUMN auth.refresh_tokens.audience IS 'mini_program or back_office: neither is taken by the other''s refresh.';
COMMENT ON COLUMN auth.refresh_tokens.expires_at IS 'From then on worthless; pruned later.';
COMMENT ON COLUMN auth.refresh_tokens.used_at IS 'First rotation; it is taken again for 60 s.';
COMMENT ON COLUMN auth.refresh_tokens.revoked_at IS 'Signed out, disabled or reused.';

CREATE TABLE IF NOT EXISTS auth.wechat_tokens (
    app_id text PRIMARY KEY,
    access_token text,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE auth.wechat_tokens IS 'WeChat''s stable_token, one row per mini-program, shared by all processes; whoever locks the row first refreshes it.';
COMMENT ON COLUMN auth.wechat_tokens.app_id IS 'Mini-program.';
COMMENT ON COLUMN auth.wechat_tokens.access_token IS 'As WeChat gave it; null = never fetched.';
COMMENT ON COLUMN auth.wechat_tokens.expires_at IS 'Refreshed before then.';

CREATE TABLE IF NOT EXISTS biz.audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id bigint,
    user_id bigint REFERENCES auth.users,
    role_code text,
    action text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    object_type text,
    object_id text,
    detail jsonb NOT NULL DEFAULT '{}',
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_audit_log_site ON biz.audit_log (site_id, id);
CREATE INDEX IF NOT EXISTS idx_audit_log_user ON biz.audit_log (user_id, id);
CREATE INDEX IF NOT EXISTS idx_audit_log_action ON biz.audit_log (action, id);
COMMENT ON TABLE biz.audit_log IS 'Who did what: sign-ins, approvals, roles, rules, deletions, contact reveals, switches. The api appends, and can do nothing else to a row. No personal data in detail.';
COMMENT ON COLUMN biz.audit_log.id IS 'Row id, in the order written.';
COMMENT ON COLUMN biz.audit_log.site_id IS 'Site; null = none (signing in, global settings).';
COMMENT ON COLUMN biz.audit_log.user_id IS 'Who; null = nobody we know (a refused sign-in).';
COMMENT ON COLUMN biz.audit_log.role_code IS 'The highest role in which they acted.';
COMMENT ON COLUMN biz.audit_log.action IS 'noun.verb, e.g. application.approved.';
COMMENT ON COLUMN biz.audit_log.object_type IS 'What was acted on: user, application, note, member, task_rules, …';
COMMENT ON COLUMN biz.audit_log.object_id IS 'Which one.';
COMMENT ON COLUMN biz.audit_log.detail IS 'What changed, before and after.';
COMMENT ON COLUMN biz.audit_log.request_id IS 'Request in the log.';

CREATE TABLE IF NOT EXISTS biz.idempotency_keys (
    user_id bigint NOT NULL REFERENCES auth.users,
    key text NOT NULL CHECK (key ~ '^[\x21-\x7e]{1,200}$'),
    route text NOT NULL,
    site_id bigint,
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX IF NOT EXISTS idx_idempotency_keys_created ON biz.idempotency_keys (created_at);
COMMENT ON TABLE biz.idempotency_keys IS 'First answers of writes that carried an Idempotency-Key, inserted in the effect''s own transaction; kept 24 hours.';
COMMENT ON COLUMN biz.idempotency_keys.user_id IS 'Who sent it: keys of two users never meet.';
COMMENT ON COLUMN biz.idempotency_keys.key IS 'As sent: 1-200 visible ASCII characters.';
COMMENT ON COLUMN biz.idempotency_keys.route IS 'Method and path of the first request.';
COMMENT ON COLUMN biz.idempotency_keys.site_id IS 'The token''s site.';
COMMENT ON COLUMN biz.idempotency_keys.request_hash IS 'SHA-256 of method, path, query, site and body.';
COMMENT ON COLUMN biz.idempotency_keys.answer IS 'The whole first answer.';

-- Unlogged: a crash may forgive a few attempts, and counting must not cost a disk write.
CREATE UNLOGGED TABLE IF NOT EXISTS biz.rate_limits (
    bucket text PRIMARY KEY,
    arrival timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_rate_limits_arrival ON biz.rate_limits (arrival);
COMMENT ON TABLE biz.rate_limits IS 'Shared rate limits (GCRA): one row per bucket that was used lately.';
COMMENT ON COLUMN biz.rate_limits.bucket IS 'What is limited and whose: e.g. write:user:42.';
COMMENT ON COLUMN biz.rate_limits.arrival IS 'Theoretical arrival time of the next request; in the past = nothing is owed.';

CREATE TABLE IF NOT EXISTS biz.ai_calls (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    application text NOT NULL CHECK (application IN ('chat', 'app4_analysis', 'app5_talking_points', 'app6_note_score', 'app8_consolidate')),
    target_id text,
    prompt_version text NOT NULL,
    model text NOT NULL,
    request jsonb NOT NULL,
    answer text,
    prompt_tokens integer,
    completion_tokens integer,
    duration_ms integer NOT NULL CHECK (duration_ms >= 0),
    outcome text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed', 'timeout')),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, id)
);
CREATE INDEX IF NOT EXISTS idx_ai_calls_created ON biz.ai_calls (site_id, created_at);
COMMENT ON TABLE biz.ai_calls IS 'What was asked of the AI and what came back; names and phones are replaced before.';
COMMENT ON COLUMN biz.ai_calls.id IS 'Row id.';
COMMENT ON COLUMN biz.ai_calls.site_id IS 'Site.';
COMMENT ON COLUMN biz.ai_calls.application IS 'chat, app4_analysis, app5_talking_points, app6_note_score, app8_consolidate.';
COMMENT ON COLUMN biz.ai_calls.target_id IS 'What it was about: note, member, or assistant:member.';
COMMENT ON COLUMN biz.ai_calls.prompt_version IS 'Version of the prompt file.';
COMMENT ON COLUMN biz.ai_calls.model IS 'Model asked.';
COMMENT ON COLUMN biz.ai_calls.request IS 'Messages as sent, without personal data.';
COMMENT ON COLUMN biz.ai_calls.answer IS 'Answer as received, without personal data; null = none came.';
COMMENT ON COLUMN biz.ai_calls.prompt_tokens IS 'As the endpoint counts; null = it did not say.';
COMMENT ON COLUMN biz.ai_calls.completion_tokens IS 'As the endpoint counts; null = it did not say.';
COMMENT ON COLUMN biz.ai_calls.duration_ms IS 'Milliseconds until the answer was whole.';
COMMENT ON COLUMN biz.ai_calls.outcome IS 'ok, refused (not the JSON asked for), failed, timeout.';
COMMENT ON COLUMN biz.ai_calls.error IS 'Why, if it was not ok.';

CREATE TABLE IF NOT EXISTS public.member_retention_clue (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    member_id bigint NOT NULL CHECK (member_id > 0),
    category text NOT NULL CHECK (char_length(btrim(category)) BETWEEN 1 AND 50),
    summary text NOT NULL CHECK (char_length(btrim(summary)) BETWEEN 1 AND 200),
    detail text CHECK (char_length(detail) <= 2000),
    source text NOT NULL CHECK (source IN ('manual', 'ai')),
    recorded_by bigint REFERENCES auth.users,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    updated_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, id)
);
CREATE INDEX IF NOT EXISTS idx_member_retention_clue_member
    ON public.member_retention_clue (site_id, member_id, updated_at DESC, id DESC);
COMMENT ON TABLE public.member_retention_clue IS 'What may bring a member back, as staff or the AI noted it: the newest version of each clue.';
COMMENT ON COLUMN public.member_retention_clue.id IS 'Clue id, unique across sites.';
COMMENT ON COLUMN public.member_retention_clue.site_id IS 'Site.';
COMMENT ON COLUMN public.member_retention_clue.member_id IS 'Member.';
COMMENT ON COLUMN public.member_retention_clue.category IS 'Kind of clue, 1-50 characters, the site''s own words.';
COMMENT ON COLUMN public.member_retention_clue.summary IS 'In one line, 1-200 characters.';
COMMENT ON COLUMN public.member_retention_clue.detail IS 'Up to 2000 characters; null = none.';
COMMENT ON COLUMN public.member_retention_clue.source IS 'manual or ai.';
COMMENT ON COLUMN public.member_retention_clue.recorded_by IS 'Who wrote this version; null = the AI.';
COMMENT ON COLUMN public.member_retention_clue.version IS 'Rises with every edit; an edit names the version it was made on.';
COMMENT ON COLUMN public.member_retention_clue.created_at IS 'Business time at which the clue was first written.';
COMMENT ON COLUMN public.member_retention_clue.updated_at IS 'Business time from which this version stands.';

CREATE TABLE IF NOT EXISTS public.member_retention_clue_version (
    site_id bigint NOT NULL,
    clue_id bigint NOT NULL,
    version integer NOT NULL,
    member_id bigint NOT NULL,
    category text NOT NULL,
    summary text NOT NULL,
    detail text,
    source text NOT NULL,
    recorded_by bigint REFERENCES auth.users,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT biz.business_now(),
    PRIMARY KEY (site_id, clue_id, version)
);
CREATE INDEX IF NOT EXISTS idx_member_retention_clue_version_member
    ON public.member_retention_clue_version (site_id, member_id, valid_from);
COMMENT ON TABLE public.member_retention_clue_version IS 'What a clue said before: one row per version that was replaced or deleted, so that a past date shows what stood then.';
COMMENT ON COLUMN public.member_retention_clue_version.site_id IS 'Site.';
COMMENT ON COLUMN public.member_retention_clue_version.clue_id IS 'Clue.';
COMMENT ON COLUMN public.member_retention_clue_version.version IS 'Version of the clue.';
COMMENT ON COLUMN public.member_retention_clue_version.member_id IS 'Member.';
COMMENT ON COLUMN public.member_retention_clue_version.category IS 'As it was.';
COMMENT ON COLUMN public.member_retention_clue_version.summary IS 'As it was.';
COMMENT ON COLUMN public.member_retention_clue_version.detail IS 'As it was.';
COMMENT ON COLUMN public.member_retention_clue_version.source IS 'As it was.';
COMMENT ON COLUMN public.member_retention_clue_version.recorded_by IS 'Who wrote it.';
COMMENT ON COLUMN public.member_retention_clue_version.valid_from IS 'Business time from which it stood.';
COMMENT ON COLUMN public.member_retention_clue_version.valid_to IS 'Business time at which it was replaced or deleted.';
COMMENT ON COLUMN public.member_retention_clue_version.created_at IS 'Business time at which the row was written.';

INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config, description) VALUES
    ('note_ai_score', 'note_ai_score', 'event', '{"event_name": "note_created"}',
     'Scores new notes, and completes the linked task of a good one.')
ON CONFLICT (job_name) DO NOTHING;

DO $rls$
DECLARE
    t regclass;
BEGIN
    FOREACH t IN ARRAY ARRAY['auth.applications', 'biz.audit_log', 'biz.ai_calls', 'public.member_retention_clue',
                             'public.member_retention_clue_version']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS api_site ON %s', t);
        EXECUTE format('CREATE POLICY api_site ON %s TO zqyy_api
            USING (site_id = NULLIF(current_setting(''app.current_site_id'', true), '''')::bigint)', t);
        EXECUTE format('DROP POLICY IF EXISTS worker_all ON %s', t);
        EXECUTE format('CREATE POLICY worker_all ON %s TO zqyy_worker USING (true)', t);
    END LOOP;
    -- Administrators review, and look after people, everywhere.
    FOREACH t IN ARRAY ARRAY['auth.applications', 'auth.user_site_roles', 'auth.user_assistant_binding',
                             'biz.audit_log']::regclass[] LOOP
        EXECUTE format('DROP POLICY IF EXISTS api_everywhere ON %s', t);
        EXECUTE format('CREATE POLICY api_everywhere ON %s TO zqyy_api
            USING (current_setting(''app.every_site'', true) = ''on'')', t);
    END LOOP;
END
$rls$;

-- An applicant sees and makes applications of their own, wherever to.
DROP POLICY IF EXISTS api_own ON auth.applications;
CREATE POLICY api_own ON auth.applications TO zqyy_api
    USING (user_id = NULLIF(current_setting('app.current_user_id', true), '')::bigint);
-- A sign-in happens before there is a site.
DROP POLICY IF EXISTS api_siteless ON biz.audit_log;
CREATE POLICY api_siteless ON biz.audit_log FOR INSERT TO zqyy_api WITH CHECK (site_id IS NULL);

GRANT SELECT, INSERT, UPDATE ON auth.applications TO zqyy_api;
GRANT SELECT, INSERT, UPDATE ON auth.refresh_tokens, auth.wechat_tokens TO zqyy_api;
GRANT SELECT, DELETE ON auth.refresh_tokens TO zqyy_worker;
GRANT SELECT, INSERT ON biz.audit_log TO zqyy_api;
GRANT SELECT, INSERT, UPDATE ON biz.idempotency_keys TO zqyy_api;
GRANT SELECT, DELETE ON biz.idempotency_keys TO zqyy_worker;
GRANT SELECT, INSERT, UPDATE ON biz.rate_limits TO zqyy_api;
GRANT SELECT, DELETE ON biz.rate_limits TO zqyy_worker;
GRANT SELECT, INSERT ON biz.ai_calls TO zqyy_worker, zqyy_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.member_retention_clue TO zqyy_api;
GRANT SELECT, INSERT ON public.member_retention_clue_version TO zqyy_api;
GRANT SELECT, INSERT, UPDATE ON public.member_retention_clue TO zqyy_worker;
GRANT INSERT ON public.member_retention_clue_version TO zqyy_worker;
GRANT USAGE ON SCHEMA public TO zqyy_api, zqyy_worker;
GRANT UPDATE (timezone, business_day_cutoff_hour, updated_at) ON biz.sites TO zqyy_api;

-- What the two times that every table has mean; which clock wrote them is the column's own default.
DO $comments$
DECLARE
    line record;
BEGIN
    FOR line IN
        SELECT n.nspname, c.relname, a.attname,
               CASE WHEN pg_get_expr(d.adbin, d.adrelid) LIKE '%business_now%' THEN 'Business' ELSE 'Database' END AS clock
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('auth', 'biz')
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attname IN ('created_at', 'updated_at') AND col_description(c.oid, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', line.nspname, line.relname, line.attname,
            line.clock || CASE line.attname WHEN 'created_at' THEN ' time at which the row was written.'
                                            ELSE ' time of the newest change.' END);
    END LOOP;
END
$comments$;
