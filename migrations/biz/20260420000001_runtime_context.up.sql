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

-- One column more, by a new function of the old name: programs that name the old columns do not notice.
DROP FUNCTION IF EXISTS auth.open_site(bigint, bigint, integer);
CREATE FUNCTION auth.open_site(p_user_id bigint, p_site_id bigint, p_token_version integer)
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
    SELECT u.status, s.status, u.nickname, held.roles, held.permissions, b.assistant_id,
           biz.business_now(), s.timezone, s.business_day_cutoff_hour, c.sandbox_date
    FROM auth.users u
    CROSS JOIN biz.sites s
    CROSS JOIN LATERAL (SELECT set_config('app.current_site_id', s.site_id::text, true)) AS tenant
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT r.role_code ORDER BY r.role_code), '{}') AS roles,
               coalesce(array_agg(DISTINCT p.permission_code ORDER BY p.permission_code)
                        FILTER (WHERE p.permission_code IS NOT NULL), '{}') AS permissions
        FROM auth.user_site_roles r
        LEFT JOIN auth.role_permissions p ON p.role_code = r.role_code
        WHERE r.user_id = u.id AND (r.site_id = s.site_id OR r.site_id IS NULL)
    ) AS held
    LEFT JOIN auth.user_assistant_binding b ON b.user_id = u.id AND b.site_id = s.site_id
    LEFT JOIN biz.runtime_context c ON c.site_id = s.site_id AND c.mode = 'sandbox' AND c.expires_at > now()
    WHERE u.id = p_user_id AND s.site_id = p_site_id AND u.token_version = p_token_version
$$;
COMMENT ON FUNCTION auth.open_site(bigint, bigint, integer) IS 'Opens a tenant transaction: sets app.current_site_id and returns the caller''s standing at the site, the business clock, and the date of the site''s sandbox if it is in one.';

REVOKE ALL ON FUNCTION auth.open_site(bigint, bigint, integer) FROM PUBLIC;
GRANT CREATE ON SCHEMA auth TO zqyy_definer;
ALTER FUNCTION auth.open_site(bigint, bigint, integer) OWNER TO zqyy_definer;
REVOKE CREATE ON SCHEMA auth FROM zqyy_definer;
GRANT EXECUTE ON FUNCTION auth.open_site(bigint, bigint, integer) TO zqyy_api;

COMMENT ON COLUMN biz.runtime_context.created_at IS 'Database time at which the row was written.';
COMMENT ON COLUMN biz.runtime_context.updated_at IS 'Database time of the newest switch.';
