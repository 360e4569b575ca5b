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
    cutoff_hour smallint
)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.status, s.status, u.nickname, held.roles, held.permissions, b.assistant_id,
           biz.business_now(), s.timezone, s.business_day_cutoff_hour
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
    WHERE u.id = p_user_id AND s.site_id = p_site_id AND u.token_version = p_token_version
$$;
COMMENT ON FUNCTION auth.open_site(bigint, bigint, integer) IS 'Opens a tenant transaction: sets app.current_site_id and returns the caller''s standing at the site and the business clock.';

REVOKE ALL ON FUNCTION auth.open_site(bigint, bigint, integer) FROM PUBLIC;
GRANT CREATE ON SCHEMA auth TO zqyy_definer;
ALTER FUNCTION auth.open_site(bigint, bigint, integer) OWNER TO zqyy_definer;
REVOKE CREATE ON SCHEMA auth FROM zqyy_definer;
GRANT EXECUTE ON FUNCTION auth.open_site(bigint, bigint, integer) TO zqyy_api;
DROP TABLE IF EXISTS biz.runtime_context;
