-- Everything that a migration can change, as lines of text: objects, their definitions, rights, comments.
SELECT line FROM (
    SELECT format('schema %s %s', nspname, nspacl) AS line FROM pg_namespace
    UNION ALL
    SELECT format('extension %s', extname) FROM pg_extension
    UNION ALL
    SELECT format('relation %s %s owner %s acl %s rls %s/%s options %s', c.oid::regclass, c.relkind, c.relowner::regrole,
                  (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) AS a),
                  c.relrowsecurity, c.relforcerowsecurity, c.reloptions)
    FROM pg_class c
    UNION ALL
    SELECT format('column %s.%s %s null %s default %s', a.attrelid::regclass, a.attname,
                  format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT format('view %s %s', c.oid::regclass, pg_get_viewdef(c.oid)) FROM pg_class c WHERE c.relkind = 'v'
    UNION ALL
    SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    UNION ALL
    SELECT format('index %s', pg_get_indexdef(indexrelid)) FROM pg_index
    UNION ALL
    SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT format('policy %s %s %s %s', polrelid::regclass, polname, polroles::regrole[], concat_ws(' / ',
                  pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)))
    FROM pg_policy
    UNION ALL
    SELECT format('function %s owner %s acl %s %s', p.oid::regprocedure, p.proowner::regrole,
                  (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(p.proacl) AS a),
                  CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END)
    FROM pg_proc p
    UNION ALL
    SELECT format('comment %s %s', pg_describe_object(classoid, objoid, objsubid), description)
    FROM pg_description
) AS everything
WHERE line !~ '(pg_catalog|pg_toast|information_schema)\.' AND line ~ $1
ORDER BY line
