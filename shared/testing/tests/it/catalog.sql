-- Everything that a migration can change in the schemas $1, as lines of text: objects, definitions, rights, comments.
WITH ours AS MATERIALIZED (SELECT oid, nspname, nspacl FROM pg_namespace WHERE nspname = ANY ($1::text[])),
relations AS MATERIALIZED (SELECT c.* FROM pg_class c JOIN ours ON ours.oid = c.relnamespace),
functions AS MATERIALIZED ( -- an extension's own come and go with it
    SELECT p.* FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace
    WHERE NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
)
SELECT format('schema %s %s', nspname, nspacl) AS line FROM ours
UNION ALL
SELECT format('relation %s %s owner %s acl %s rls %s/%s options %s', oid::regclass, relkind, relowner::regrole,
              (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) AS a),
              relrowsecurity, relforcerowsecurity, reloptions)
FROM relations
UNION ALL
SELECT format('column %s.%s %s null %s default %s', a.attrelid::regclass, a.attname,
              format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
FROM relations r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT format('view %s %s', oid::regclass, pg_get_viewdef(oid)) FROM relations WHERE relkind = 'v'
UNION ALL
SELECT format('constraint %s %s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c JOIN ours ON ours.oid = c.connamespace
UNION ALL
SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN relations r ON r.oid = i.indrelid
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('policy %s %s %s %s', p.polrelid::regclass, p.polname, p.polroles::regrole[], concat_ws(' / ',
              pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)))
FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
UNION ALL
SELECT format('function owner %s acl %s %s', proowner::regrole,
              (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(proacl) AS a), pg_get_functiondef(oid))
FROM functions WHERE prokind IN ('f', 'p')
UNION ALL
SELECT format('comment on %s %s: %s', d.objoid::regclass, d.objsubid, d.description)
FROM pg_description d JOIN relations r ON r.oid = d.objoid AND d.classoid = 'pg_class'::regclass
UNION ALL
SELECT format('comment on %s: %s', d.objoid::regprocedure, d.description)
FROM pg_description d JOIN functions f ON f.oid = d.objoid AND d.classoid = 'pg_proc'::regclass
ORDER BY line
