-- Everything the manuals say about a database, as one JSON document. Left out: what extensions own, the schema of
-- apalis, and sqlx's bookkeeping.
WITH
relations AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'apalis')
      AND c.relname <> '_sqlx_migrations'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
),
columns AS (
    SELECT a.attrelid AS of, jsonb_agg(jsonb_build_object(
        'name', a.attname,
        'kind', format_type(a.atttypid, a.atttypmod),
        'nullable', NOT a.attnotnull,
        'default', CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END,
        'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum) AS list
    FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
),
constraints AS (
    SELECT conrelid AS of, jsonb_agg(jsonb_build_object('name', conname, 'definition', pg_get_constraintdef(oid))
        ORDER BY array_position(ARRAY['p', 'u', 'f', 'c', 'x'], contype::text), conname) AS list
    FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f', 'c', 'x')
    GROUP BY conrelid
),
indexes AS ( -- those behind a constraint are named there
    SELECT i.indrelid AS of, jsonb_agg(jsonb_build_object('name', c.relname, 'definition',
        CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
            || regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE .*? USING ', '')) ORDER BY c.relname) AS list
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    GROUP BY i.indrelid
),
policies AS (
    SELECT p.polrelid AS of, jsonb_agg(jsonb_build_object(
        'name', p.polname,
        'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                 WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        'roles', (SELECT jsonb_agg(rolname ORDER BY rolname) FROM pg_roles WHERE oid = ANY (p.polroles)),
        'sees', pg_get_expr(p.polqual, p.polrelid),
        'writes', pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname) AS list
    FROM pg_policy p
    GROUP BY p.polrelid
),
triggers AS (
    SELECT tgrelid AS of, jsonb_agg(jsonb_build_object('name', tgname, 'definition',
        regexp_replace(pg_get_triggerdef(oid, true), '^CREATE TRIGGER \S+ ', '')) ORDER BY tgname) AS list
    FROM pg_trigger
    WHERE NOT tgisinternal
    GROUP BY tgrelid
),
rights AS ( -- of roles other than the owner: on the whole relation, and on single columns
    SELECT r.oid AS of, g.rolname, a.privilege_type, NULL::name AS column_name
    FROM relations r, aclexplode(r.relacl) a JOIN pg_roles g ON g.oid = a.grantee
    WHERE a.grantee <> r.relowner
    UNION ALL
    SELECT r.oid, g.rolname, a.privilege_type, t.attname
    FROM relations r JOIN pg_attribute t ON t.attrelid = r.oid, aclexplode(t.attacl) a JOIN pg_roles g ON g.oid = a.grantee
    WHERE a.grantee <> r.relowner
),
rights_by_privilege AS (
    SELECT of, rolname, privilege_type || coalesce(
        ' (' || string_agg(column_name, ', ' ORDER BY column_name) || ')', '') AS privilege
    FROM rights
    GROUP BY of, rolname, privilege_type
),
grants AS (
    SELECT of, jsonb_agg(jsonb_build_object('role', rolname, 'privileges', list) ORDER BY rolname) AS list
    FROM (SELECT of, rolname, jsonb_agg(privilege ORDER BY array_position(
                     ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], split_part(privilege, ' ', 1)), privilege) AS list
          FROM rights_by_privilege GROUP BY of, rolname) AS by_role
    GROUP BY of
),
tables AS (
    SELECT jsonb_agg(jsonb_build_object(
        'schema', r.nspname, 'name', r.relname, 'view', r.relkind IN ('v', 'm'),
        'comment', obj_description(r.oid, 'pg_class'),
        'row_security', CASE WHEN r.relforcerowsecurity THEN 'forced' WHEN r.relrowsecurity THEN 'enabled' END,
        'columns', coalesce(c.list, '[]'), 'constraints', coalesce(k.list, '[]'), 'indexes', coalesce(i.list, '[]'),
        'policies', coalesce(p.list, '[]'), 'triggers', coalesce(t.list, '[]'), 'grants', coalesce(g.list, '[]'))
        ORDER BY r.nspname, r.relname) AS list
    FROM relations r
    LEFT JOIN columns c ON c.of = r.oid
    LEFT JOIN constraints k ON k.of = r.oid
    LEFT JOIN indexes i ON i.of = r.oid
    LEFT JOIN policies p ON p.of = r.oid
    LEFT JOIN triggers t ON t.of = r.oid
    LEFT JOIN grants g ON g.of = r.oid
),
functions AS (
    SELECT jsonb_agg(jsonb_build_object(
        'schema', n.nspname,
        'name', f.proname,
        'arguments', pg_get_function_arguments(f.oid),
        'result', pg_get_function_result(f.oid),
        'comment', obj_description(f.oid, 'pg_proc'),
        'definer', CASE WHEN f.prosecdef THEN pg_get_userbyid(f.proowner) END,
        'callers', coalesce((SELECT jsonb_agg(CASE a.grantee WHEN 0 THEN 'everyone' ELSE pg_get_userbyid(a.grantee) END
                                              ORDER BY a.grantee <> 0, pg_get_userbyid(a.grantee))
                             FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
                             WHERE a.grantee <> f.proowner), '[]'))
        ORDER BY n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)) AS list
    FROM pg_proc f
    JOIN pg_namespace n ON n.oid = f.pronamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'apalis')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
)
SELECT jsonb_build_object('tables', coalesce(tables.list, '[]'), 'functions', coalesce(functions.list, '[]'))
FROM tables, functions
