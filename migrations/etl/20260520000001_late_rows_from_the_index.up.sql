-- Whether rows of the last two days before a past date's end came after it is asked with every answer about the past. The
-- indexes by time carry when a row came, so that the answer is theirs alone.
DO $$
DECLARE
    by_time text;
BEGIN
    FOREACH by_time IN ARRAY ARRAY['dwd.settlement_time', 'dwd.assistant_service_log_time', 'dwd.recharge_order_time', 'dwd.discount_time'] LOOP
        IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(by_time) AND indnatts = indnkeyatts) THEN
            EXECUTE 'DROP INDEX ' || by_time;
        END IF;
    END LOOP;
END
$$;
CREATE INDEX IF NOT EXISTS settlement_time ON dwd.settlement (site_id, create_time) INCLUDE (loaded_at);
CREATE INDEX IF NOT EXISTS assistant_service_log_time
    ON dwd.assistant_service_log (site_id, create_time) INCLUDE (loaded_at);
CREATE INDEX IF NOT EXISTS recharge_order_time ON dwd.recharge_order (site_id, create_time) INCLUDE (loaded_at);
CREATE INDEX IF NOT EXISTS discount_time ON dwd.discount (site_id, create_time) INCLUDE (loaded_at);
