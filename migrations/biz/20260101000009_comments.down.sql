DO $comments$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT n.nspname, c.relname, a.attname
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('auth', 'biz')
        WHERE col_description(c.oid, a.attnum) IN ('Business time at which the row was written.',
            'Business time of the newest change.', 'Database time at which the row was written.',
            'Database time of the newest change.')
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS NULL', described.nspname, described.relname, described.attname);
    END LOOP;
END
$comments$;
