-- The time machine's switch for a whole site, and the door that reads it.
CREATE TABLE IF NOT EXISTS biz.runtime_context (
    site_id bigint PRIMARY KEY REFERENCES biz.sites,
    mode text NOT NULL CHECK (mode IN ('live', 'sandbox')),
    sandbox_date date,
    expires_at timestamptz,
    updated_by bigint REFERENCES auth.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT runtime_context_sandbox_whole CHECK (
        (mode = 'sandbox') = (sandbox_date IS NOT NULL) AND (mode = 'sandbox') = (expires_at IS NOT NULL)),
    CONSTRAINT runtime_context_ends CHECK (expires_at <= updated_at + interval '4 hours')
);
COMMENT ON TABLE biz.runtime_context IS 'Sites that were put into the sandbox: everybody there sees a past business date, and nobody changes anything. Written by administrators alone; every switch is in biz.audit_log.';
COMMENT ON COLUMN biz.runtime_context.site_id IS 'Site; one without a row is live.';
COMMENT ON COLUMN biz.runtime_context.mode IS 'live, sandbox. A sandbox whose expires_at has passed is live.';
COMMENT ON COLUMN biz.runtime_context.sandbox_date IS 'The business date that everybody sees.';
COMMENT ON COLUMN biz.runtime_context.expires_at IS 'When the sandbox ends by itself, by the database''s clock: at most 4 hours after it was set.';
COMMENT ON COLUMN biz.runtime_context.updated_by IS 'Who switched it last.';
COMMENT ON COLUMN biz.runtime_context.created_at IS 'Database time at which the row was written.';
COMMENT ON COLUMN biz.runtime_context.updated_at IS 'Database time of the newest switch.';

ALTER TABLE biz.runtime_context ENABLE ROW LEVEL SECURITY;
ALTER TABLE biz.runtime_context FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS api_site ON biz.runtime_context;
CREATE POLICY api_site ON biz.runtime_context FOR SELECT TO zqyy_api
    USING (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
DROP POLICY IF EXISTS api_everywhere ON biz.runtime_context;
CREATE POLICY api_everywhere ON biz.runtime_context TO zqyy_api
    USING (current_setting('app.every_site', true) = 'on');
DROP POLICY IF EXISTS worker_all ON biz.runtime_context;
CREATE POLICY worker_all ON biz.runtime_context TO zqyy_worker USING (true);
GRANT SELECT, INSERT, UPDATE ON biz.runtime_context TO zqyy_api;
GRANT SELECT ON biz.runtime_context TO zqyy_definer;

-- The api's way into a site, with one more answer; auth.open_site stays for programs that do not know the sandbox.
CREATE OR REPLACE FUNCTION auth.enter_site(p_user_id bigint, p_site_id bigint, p_token_version integer)
RETURNS TABLE (
    user_status text,
    site_status text,
    nickname text,
    roles text[],
    permissions text[],
    assistant_id bigint,
    business_now timestamptz,
    timezone text,
    cutoff_hour smallint,
    sandbox_date date
)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.user_status, o.site_status, o.nickname, o.roles, o.permissions, o.assistant_id, o.business_now, o.timezone,
           o.cutoff_hour, c.sandbox_date
    FROM auth.open_site(p_user_id, p_site_id, p_token_version) AS o
    LEFT JOIN biz.runtime_context c ON c.site_id = p_site_id AND c.mode = 'sandbox' AND c.expires_at > now()
$$;
COMMENT ON FUNCTION auth.enter_site(bigint, bigint, integer) IS 'Opens a tenant transaction as auth.open_site does, and says the date of the site''s sandbox if it is in one.';

REVOKE ALL ON FUNCTION auth.enter_site(bigint, bigint, integer) FROM PUBLIC;
GRANT CREATE ON SCHEMA auth TO zqyy_definer;
ALTER FUNCTION auth.enter_site(bigint, bigint, integer) OWNER TO zqyy_definer;
REVOKE CREATE ON SCHEMA auth FROM zqyy_definer;
GRANT EXECUTE ON FUNCTION auth.enter_site(bigint, bigint, integer) TO zqyy_api;
