DO $comments$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT n.nspname, c.relname, a.attname
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
            AND c.relname ~ ('^(v_dws_)?(site_table|expense|platform_settlement|member_visit_detail|assistant_daily_detail|'
                || 'assistant_customer_stats|finance_(daily_summary|recharge_summary|income_structure|discount_detail|expense_summary))$')
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('app', 'dim', 'dwd', 'dws')
        WHERE a.attnum > 0 AND col_description(c.oid, a.attnum) IS NOT NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS NULL', described.nspname, described.relname, described.attname);
    END LOOP;
END
$comments$;
