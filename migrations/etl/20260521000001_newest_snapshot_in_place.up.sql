-- Pages read the newest snapshot, whose rows came last: until they are vacuumed no index answers alone, and by default that
-- waits until a table has grown by a fifth, which is months of mornings. The threshold is a fraction of one morning's rows.
DO $$
DECLARE
    snapshots regclass;
BEGIN
    FOREACH snapshots IN ARRAY ARRAY['dws.member_consumption_summary', 'dws.member_winback_index',
        'dws.member_newconv_index', 'dws.member_spending_power_index', 'dws.member_stickiness_index',
        'dws.member_assistant_relation_index', 'dws.member_visit_detail', 'dws.assistant_customer_stats',
        'dws.assistant_daily_detail', 'dws.assistant_daily_salary']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500)',
                       snapshots);
    END LOOP;
END
$$;

-- A member's coaches, and every member's closest, from the index alone. (One without what is read stood here before.)
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_index
               WHERE indexrelid = to_regclass('dws.member_assistant_relation_index_member') AND indnatts = indnkeyatts) THEN
        DROP INDEX dws.member_assistant_relation_index_member;
    END IF;
END
$$;
CREATE INDEX IF NOT EXISTS member_assistant_relation_index_member
    ON dws.member_assistant_relation_index (site_id, stat_date, member_id)
    INCLUDE (assistant_id, rs_score, relation_index);
-- The newest services of a coach, in the order in which they are shown.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_index
               WHERE indexrelid = to_regclass('dwd.assistant_service_log_coach') AND indnatts = 3) THEN
        DROP INDEX dwd.assistant_service_log_coach;
    END IF;
END
$$;
CREATE INDEX IF NOT EXISTS assistant_service_log_coach
    ON dwd.assistant_service_log (site_id, site_assistant_id, create_time, assistant_service_id);
