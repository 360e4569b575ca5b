-- Every column of every view (or table standing in for one) in schema app.
SELECT c.relname::text AS "view!",
       a.attname::text AS "column!",
       format_type(a.atttypid, NULL) AS "data_type!",
       (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AS "readable!"
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('v', 'm', 'r', 'p', 'f')
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = 'app'
