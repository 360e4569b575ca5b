-- What the two times that every table has mean; which clock wrote them is the column's own default.
DO $comments$
DECLARE
    line record;
BEGIN
    FOR line IN
        SELECT n.nspname, c.relname, a.attname,
               CASE WHEN pg_get_expr(d.adbin, d.adrelid) LIKE '%business_now%' THEN 'Business' ELSE 'Database' END AS clock
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('auth', 'biz')
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attname IN ('created_at', 'updated_at') AND col_description(c.oid, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', line.nspname, line.relname, line.attname,
            line.clock || CASE line.attname WHEN 'created_at' THEN ' time at which the row was written.'
                                            ELSE ' time of the newest change.' END);
    END LOOP;
END
$comments$;
