-- Every answer about the past looks through the facts of the time before its date's end, as far back as no index knows the late
-- ones: a day instead of two. An ETL brings facts within hours.
DO $$
DECLARE
    facts text;
BEGIN
    FOREACH facts IN ARRAY ARRAY['settlement', 'assistant_service_log', 'recharge_order', 'discount'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(format('dwd.%I', facts || '_late'))
                                                     AND pg_get_expr(indpred, indrelid) LIKE '%24:00:00%');
        EXECUTE format('DROP INDEX IF EXISTS dwd.%I', facts || '_late');
        EXECUTE format('CREATE INDEX %I ON dwd.%I (site_id, loaded_at) WHERE loaded_at - create_time > interval ''24 hours''',
                       facts || '_late', facts);
    END LOOP;
END
$$;
