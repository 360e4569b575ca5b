-- check: every view begins with site_id
SELECT 'every view begins with site_id' AS violation, c.oid::regclass
FROM pg_class c
WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('v', 'm')
  AND NOT EXISTS (
      SELECT FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum = 1 AND a.attname = 'site_id' AND a.atttypid = 'bigint'::regtype);

-- check: every view is cut to app.current_site_id
SELECT 'every view is cut to app.current_site_id' AS violation, c.oid::regclass
FROM pg_class c
WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('v', 'm')
  AND pg_get_viewdef(c.oid) NOT LIKE '%current_setting(''app.current_site_id''%';

-- check: without a hall there are no rows
SELECT 'without a hall there are no rows' AS violation, site_id
FROM app.v_dim_site
WHERE coalesce(current_setting('app.current_site_id', true), '') = '';

-- check: the reader reads the views
SELECT 'the reader reads the views' AS violation, c.oid::regclass
FROM pg_class c
WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('v', 'm')
  AND NOT has_table_privilege('zqyy_etl_reader', c.oid, 'SELECT');

-- check: the reader reads nothing else and writes nowhere
SELECT 'the reader reads nothing else and writes nowhere' AS violation, c.oid::regclass, p.privilege
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) AS p (privilege)
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND has_any_column_privilege('zqyy_etl_reader', c.oid, p.privilege)
  AND NOT (n.nspname = 'app' AND p.privilege = 'SELECT');

-- check: scores have two decimals, relation_index four, money two
SELECT 'scores have two decimals, relation_index four, money two' AS violation, a.attrelid::regclass, a.attname,
       format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'app'::regnamespace AND c.relkind IN ('v', 'm')
WHERE a.attnum > 0
  AND (a.attname LIKE '%\_score' AND format_type(a.atttypid, a.atttypmod) <> 'numeric(4,2)'
       OR a.attname = 'relation_index' AND format_type(a.atttypid, a.atttypmod) <> 'numeric(5,4)'
       OR (a.attname LIKE '%\_money' OR a.attname LIKE '%\_paid' OR a.attname LIKE '%\_amount' OR a.attname = 'balance')
          AND format_type(a.atttypid, a.atttypmod) <> 'numeric(12,2)');
