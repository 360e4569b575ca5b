DO $$
DECLARE
    facts text;
BEGIN
    FOREACH facts IN ARRAY ARRAY['settlement', 'assistant_service_log', 'recharge_order', 'discount'] LOOP
        EXECUTE format('DROP INDEX IF EXISTS dwd.%I', facts || '_late');
        EXECUTE format('CREATE INDEX %I ON dwd.%I (site_id, loaded_at) WHERE loaded_at - create_time > interval ''48 hours''',
                       facts || '_late', facts);
    END LOOP;
END
$$;
