-- Schemas, the business clock, sites, accounts.
CREATE SCHEMA IF NOT EXISTS auth;
CREATE SCHEMA IF NOT EXISTS biz;
CREATE EXTENSION IF NOT EXISTS hstore;

GRANT USAGE ON SCHEMA auth, biz TO zqyy_api, zqyy_worker, zqyy_definer;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- The demo's clock: business time = now() + offset. Empty everywhere else.
CREATE TABLE IF NOT EXISTS biz.clock_offset (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    offset_seconds bigint NOT NULL CHECK (offset_seconds >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE biz.clock_offset IS 'Demo only: seconds by which business time runs ahead of the database clock. api and worker refuse to start on a row unless auth.dev_login is on.';
COMMENT ON COLUMN biz.clock_offset.only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN biz.clock_offset.offset_seconds IS 'Seconds added to now().';
GRANT SELECT ON biz.clock_offset TO zqyy_api, zqyy_worker, zqyy_definer;

CREATE OR REPLACE FUNCTION biz.business_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT now() + make_interval(secs => coalesce((SELECT offset_seconds FROM biz.clock_offset), 0)) $$;
COMMENT ON FUNCTION biz.business_now() IS 'The one business clock: the transaction''s now() plus the demo offset.';

CREATE TABLE IF NOT EXISTS biz.sites (
    site_id bigint PRIMARY KEY CHECK (site_id > 0 AND site_id < 9007199254740992),
    site_code text NOT NULL UNIQUE CHECK (site_code ~ '^[A-Z0-9]{2,20}$'),
    name text NOT NULL CHECK (btrim(name) <> ''),
    timezone text NOT NULL DEFAULT 'Asia/Shanghai',
    business_day_cutoff_hour smallint NOT NULL DEFAULT 8 CHECK (business_day_cutoff_hour BETWEEN 0 AND 23),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE biz.sites IS 'The halls: one row per tenant. Read by every process to learn zone and cut-off; jobs of scope site run once per active row.';
COMMENT ON COLUMN biz.sites.site_id IS 'Tenant key, the warehouse''s site_id.';
COMMENT ON COLUMN biz.sites.site_code IS 'What an applicant types: 2-20 capitals or digits.';
COMMENT ON COLUMN biz.sites.name IS 'Shown to people.';
COMMENT ON COLUMN biz.sites.timezone IS 'IANA zone of the hall.';
COMMENT ON COLUMN biz.sites.business_day_cutoff_hour IS 'Local hour at which a business day ends (08:00 unless set).';
COMMENT ON COLUMN biz.sites.status IS 'active, or inactive: no jobs, no logins.';
GRANT SELECT ON biz.sites TO zqyy_api, zqyy_worker, zqyy_definer;

CREATE TABLE IF NOT EXISTS auth.users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wx_openid text UNIQUE,
    wx_unionid text,
    username text UNIQUE,
    password_hash text,
    nickname text,
    avatar_url text,
    phone text,
    status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'pending', 'approved', 'rejected', 'disabled')),
    token_version integer NOT NULL DEFAULT 0,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_have_a_way_in CHECK (wx_openid IS NOT NULL OR username IS NOT NULL)
);
COMMENT ON TABLE auth.users IS 'People who sign in, by WeChat or by name and password. Global: one person may work at several sites.';
COMMENT ON COLUMN auth.users.id IS 'User id.';
COMMENT ON COLUMN auth.users.wx_openid IS 'WeChat identity of the mini-program.';
COMMENT ON COLUMN auth.users.wx_unionid IS 'WeChat identity across the company''s programs.';
COMMENT ON COLUMN auth.users.username IS 'Back-office login name.';
COMMENT ON COLUMN auth.users.password_hash IS 'argon2id, PHC string.';
COMMENT ON COLUMN auth.users.nickname IS 'Shown to people.';
COMMENT ON COLUMN auth.users.avatar_url IS 'Picture.';
COMMENT ON COLUMN auth.users.phone IS 'As given by WeChat; shown masked.';
COMMENT ON COLUMN auth.users.status IS 'Global: new, pending, approved, rejected, disabled.';
COMMENT ON COLUMN auth.users.token_version IS 'Raised to end every token of the user at once.';
COMMENT ON COLUMN auth.users.last_login_at IS 'Newest sign-in.';
GRANT SELECT, INSERT, UPDATE ON auth.users TO zqyy_api;
GRANT SELECT ON auth.users TO zqyy_worker, zqyy_definer;

CREATE TABLE IF NOT EXISTS auth.roles (
    role_code text PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE auth.roles IS 'The four roles: coach, manager, finance, admin.';
COMMENT ON COLUMN auth.roles.role_code IS 'Code used in the API.';
COMMENT ON COLUMN auth.roles.name IS 'Chinese name.';

CREATE TABLE IF NOT EXISTS auth.permissions (
    permission_code text PRIMARY KEY,
    description text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE auth.permissions IS 'What a role may do; every route names one.';
COMMENT ON COLUMN auth.permissions.permission_code IS 'Code checked by the API.';
COMMENT ON COLUMN auth.permissions.description IS 'What it opens.';

CREATE TABLE IF NOT EXISTS auth.role_permissions (
    role_code text NOT NULL REFERENCES auth.roles,
    permission_code text NOT NULL REFERENCES auth.permissions,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (role_code, permission_code)
);
COMMENT ON TABLE auth.role_permissions IS 'The permission matrix.';
COMMENT ON COLUMN auth.role_permissions.role_code IS 'Role.';
COMMENT ON COLUMN auth.role_permissions.permission_code IS 'Permission it has.';
GRANT SELECT ON auth.roles, auth.permissions, auth.role_permissions TO zqyy_api, zqyy_worker, zqyy_definer;

CREATE TABLE IF NOT EXISTS auth.user_site_roles (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint REFERENCES biz.sites,
    user_id bigint NOT NULL REFERENCES auth.users,
    role_code text NOT NULL REFERENCES auth.roles,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id),
    CONSTRAINT user_site_roles_once UNIQUE NULLS NOT DISTINCT (site_id, user_id, role_code),
    CONSTRAINT user_site_roles_everywhere_is_admin CHECK (site_id IS NOT NULL OR role_code = 'admin')
);
CREATE INDEX IF NOT EXISTS idx_user_site_roles_user ON auth.user_site_roles (user_id);
COMMENT ON TABLE auth.user_site_roles IS 'Which role a user has at which site.';
COMMENT ON COLUMN auth.user_site_roles.id IS 'Row id.';
COMMENT ON COLUMN auth.user_site_roles.site_id IS 'Site; null = every site (admin only).';
COMMENT ON COLUMN auth.user_site_roles.user_id IS 'User.';
COMMENT ON COLUMN auth.user_site_roles.role_code IS 'Role at that site.';

CREATE TABLE IF NOT EXISTS auth.user_assistant_binding (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL REFERENCES biz.sites,
    user_id bigint NOT NULL REFERENCES auth.users,
    assistant_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, id),
    CONSTRAINT user_assistant_binding_user UNIQUE (site_id, user_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS user_assistant_binding_assistant
    ON auth.user_assistant_binding (site_id, assistant_id) WHERE assistant_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_user_assistant_binding_user ON auth.user_assistant_binding (user_id);
COMMENT ON TABLE auth.user_assistant_binding IS 'Which user works at which site, and as which coach of the warehouse.';
COMMENT ON COLUMN auth.user_assistant_binding.id IS 'Row id.';
COMMENT ON COLUMN auth.user_assistant_binding.site_id IS 'Site.';
COMMENT ON COLUMN auth.user_assistant_binding.user_id IS 'User.';
COMMENT ON COLUMN auth.user_assistant_binding.assistant_id IS 'The coach in the warehouse; null for staff who coach nobody.';

INSERT INTO auth.roles (role_code, name) VALUES
    ('coach', '助教'), ('manager', '店长'), ('finance', '财务'), ('admin', '管理员')
ON CONFLICT DO NOTHING;

INSERT INTO auth.permissions (permission_code, description) VALUES
    ('tasks.own', 'one''s own tasks'),
    ('notes', 'write and read notes'),
    ('customers.own', 'customers paired with oneself'),
    ('pay.own', 'one''s own pay'),
    ('ai', 'chat and suggestions'),
    ('tasks.site', 'every task of the site'),
    ('tasks.transfer', 'hand a task to another coach'),
    ('customers.site', 'every customer of the site'),
    ('customers.contact', 'reveal a phone number, audited'),
    ('coaches.site', 'every coach of the site'),
    ('rules', 'edit the task rules'),
    ('clues', 'edit retention clues'),
    ('board.coach', 'coach board'),
    ('board.customer', 'customer board'),
    ('board.finance', 'finance board'),
    ('pay.site', 'pay of every coach'),
    ('time_machine', 'look at a past date'),
    ('ops', 'jobs, runs, events, queue'),
    ('audit', 'read the audit log'),
    ('users', 'manage users'),
    ('applications', 'approve applications'),
    ('sandbox', 'put a site into the sandbox'),
    ('business_day', 'set zone and cut-off')
ON CONFLICT DO NOTHING;

INSERT INTO auth.role_permissions (role_code, permission_code)
SELECT r, p
FROM (VALUES
    (ARRAY['coach', 'manager'], ARRAY['tasks.own', 'notes', 'customers.own', 'pay.own', 'ai']),
    (ARRAY['manager', 'admin'], ARRAY['tasks.site', 'customers.site', 'coaches.site', 'customers.contact', 'tasks.transfer', 'rules', 'clues']),
    (ARRAY['manager', 'finance', 'admin'], ARRAY['board.coach', 'board.customer', 'board.finance', 'pay.site', 'time_machine']),
    (ARRAY['admin'], ARRAY['ops', 'audit', 'users', 'applications', 'sandbox', 'business_day'])
) AS matrix (roles, permissions), unnest(roles) AS r, unnest(permissions) AS p
ON CONFLICT DO NOTHING;

ALTER TABLE auth.user_site_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.user_site_roles FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS api_site ON auth.user_site_roles;
CREATE POLICY api_site ON auth.user_site_roles TO zqyy_api
    USING (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
DROP POLICY IF EXISTS worker_all ON auth.user_site_roles;
CREATE POLICY worker_all ON auth.user_site_roles TO zqyy_worker USING (true);
GRANT SELECT, INSERT, DELETE ON auth.user_site_roles TO zqyy_api;
GRANT SELECT ON auth.user_site_roles TO zqyy_worker, zqyy_definer;

ALTER TABLE auth.user_assistant_binding ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.user_assistant_binding FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS api_site ON auth.user_assistant_binding;
CREATE POLICY api_site ON auth.user_assistant_binding TO zqyy_api
    USING (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
DROP POLICY IF EXISTS worker_all ON auth.user_assistant_binding;
CREATE POLICY worker_all ON auth.user_assistant_binding TO zqyy_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.user_assistant_binding TO zqyy_api;
GRANT SELECT ON auth.user_assistant_binding TO zqyy_worker, zqyy_definer;

-- The api's only way into a site: sets the tenant for this transaction, and answers in the same statement who the
-- caller is there, what they may do, and what time it is. No row: no such user or site, or the token is out of date.
CREATE OR REPLACE FUNCTION auth.open_site(p_user_id bigint, p_site_id bigint, p_token_version integer)
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

-- A user's sites, for the login answer and switch-site: the one read that spans sites, of one user's own rows.
CREATE OR REPLACE FUNCTION auth.sites_of(p_user_id bigint)
RETURNS TABLE (site_id bigint, site_code text, site_name text, roles text[], assistant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.site_id, s.site_code, s.name, array_agg(DISTINCT r.role_code ORDER BY r.role_code), min(b.assistant_id)
    FROM auth.user_site_roles r
    JOIN biz.sites s ON s.status = 'active' AND (s.site_id = r.site_id OR r.site_id IS NULL)
    LEFT JOIN auth.user_assistant_binding b ON b.user_id = r.user_id AND b.site_id = s.site_id
    WHERE r.user_id = p_user_id
    GROUP BY s.site_id
    ORDER BY s.site_id
$$;
COMMENT ON FUNCTION auth.sites_of(bigint) IS 'The active sites at which a user has a role.';

REVOKE ALL ON FUNCTION auth.open_site(bigint, bigint, integer), auth.sites_of(bigint) FROM PUBLIC;
GRANT CREATE ON SCHEMA auth TO zqyy_definer;
ALTER FUNCTION auth.open_site(bigint, bigint, integer) OWNER TO zqyy_definer;
ALTER FUNCTION auth.sites_of(bigint) OWNER TO zqyy_definer;
REVOKE CREATE ON SCHEMA auth FROM zqyy_definer;
GRANT EXECUTE ON FUNCTION auth.open_site(bigint, bigint, integer), auth.sites_of(bigint) TO zqyy_api;

-- Expand / contract: a migration that older programs cannot live with raises compatible_from to its own version.
CREATE TABLE IF NOT EXISTS biz.schema_compatibility (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    compatible_from bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE biz.schema_compatibility IS 'Which programs may run on this schema: those whose newest migration is compatible_from or later.';
COMMENT ON COLUMN biz.schema_compatibility.only_row IS 'Holds the table to one row.';
COMMENT ON COLUMN biz.schema_compatibility.compatible_from IS 'Version of the newest migration that broke older programs.';
INSERT INTO biz.schema_compatibility (compatible_from) VALUES (20260101000001) ON CONFLICT DO NOTHING;
GRANT SELECT ON biz.schema_compatibility TO zqyy_api, zqyy_worker;
