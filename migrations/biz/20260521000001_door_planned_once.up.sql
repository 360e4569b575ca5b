-- The api's way into a site, planned once for each connection: a function in SQL is planned anew with every call, and every
-- request calls it. auth.enter_site answers the same; it stays for programs that do not know this one.
CREATE OR REPLACE FUNCTION auth.admit_to_site(p_user_id bigint, p_site_id bigint, p_token_version integer)
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
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT u.status, s.status, u.nickname, held.roles, held.permissions, b.assistant_id, biz.business_now(), s.timezone,
           s.business_day_cutoff_hour, c.sandbox_date
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
    WHERE u.id = p_user_id AND s.site_id = p_site_id AND u.token_version = p_token_version;
END
$$;
COMMENT ON FUNCTION auth.admit_to_site(bigint, bigint, integer) IS 'Opens a tenant transaction: sets app.current_site_id and returns the caller''s standing at the site, the business clock, and the date of the site''s sandbox if it is in one.';

REVOKE ALL ON FUNCTION auth.admit_to_site(bigint, bigint, integer) FROM PUBLIC;
GRANT CREATE ON SCHEMA auth TO zqyy_definer;
ALTER FUNCTION auth.admit_to_site(bigint, bigint, integer) OWNER TO zqyy_definer;
REVOKE CREATE ON SCHEMA auth FROM zqyy_definer;
GRANT EXECUTE ON FUNCTION auth.admit_to_site(bigint, bigint, integer) TO zqyy_api;

-- What each coach has done in a period, from the index alone. (One without the coach stood here before.)
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('biz.idx_coach_tasks_completed') AND indnatts = 2) THEN
        DROP INDEX biz.idx_coach_tasks_completed;
    END IF;
END
$$;
CREATE INDEX IF NOT EXISTS idx_coach_tasks_completed ON biz.coach_tasks (site_id, completed_at)
    INCLUDE (assistant_id, completed_task_type, updated_at) WHERE status = 'completed';
-- An index answers alone only for pages that were vacuumed: every morning's changes are soon.
ALTER TABLE biz.coach_tasks SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
