-- check: a coach holds only permissions over what is one's own
SELECT 'a coach holds only permissions over what is one''s own' AS violation, permission_code
FROM auth.role_permissions
WHERE role_code = 'coach' AND permission_code NOT IN ('tasks.own', 'notes', 'customers.own', 'pay.own', 'ai');

-- check: whoever is bound to a site has a role there
SELECT 'whoever is bound to a site has a role there' AS violation, b.site_id, b.user_id, b.assistant_id
FROM auth.user_assistant_binding b
WHERE NOT EXISTS (
    SELECT FROM auth.user_site_roles r
    WHERE r.user_id = b.user_id AND (r.site_id = b.site_id OR r.site_id IS NULL));

-- check: passwords are kept as argon2id hashes
SELECT 'passwords are kept as argon2id hashes' AS violation, id
FROM auth.users
WHERE password_hash IS NOT NULL AND password_hash NOT LIKE '$argon2id$%';

-- check: tables with a site_id force row-level security for api and worker
SELECT 'tables with a site_id force row-level security for api and worker' AS violation, c.oid::regclass
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'auth'::regnamespace AND c.relkind IN ('r', 'p')
  -- (a refresh token is looked up by its hash before there is a site)
  AND c.oid <> 'auth.refresh_tokens'::regclass
  AND (NOT c.relforcerowsecurity OR NOT c.relrowsecurity OR NOT EXISTS (
           SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'zqyy_api'::regrole = ANY (p.polroles)
               AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.current_site_id%')
       OR NOT EXISTS (
           SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'zqyy_worker'::regrole = ANY (p.polroles)));

-- check: definer functions belong to zqyy_definer, pin their search_path and are not open to everyone
SELECT 'definer functions belong to zqyy_definer, pin their search_path and are not open to everyone' AS violation,
       f.oid::regprocedure
FROM pg_proc f
WHERE f.pronamespace IN ('auth'::regnamespace, 'biz'::regnamespace) AND f.prosecdef
  AND (f.proowner <> 'zqyy_definer'::regrole
       OR NOT EXISTS (SELECT FROM unnest(f.proconfig) setting WHERE setting LIKE 'search_path=%')
       OR has_function_privilege('public', f.oid, 'EXECUTE'));

-- check: zqyy_definer cannot log in
SELECT 'zqyy_definer cannot log in' AS violation, rolname
FROM pg_roles
WHERE rolname = 'zqyy_definer' AND rolcanlogin;
