CREATE FUNCTION biz.test_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('test.hold', true) = 'on' THEN
        PERFORM pg_advisory_xact_lock_shared(4711);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER test_hold AFTER INSERT OR UPDATE OR DELETE ON biz.trigger_runs FOR EACH STATEMENT EXECUTE FUNCTION biz.test_hold();
CREATE TRIGGER test_hold AFTER INSERT OR UPDATE ON biz.trigger_jobs FOR EACH STATEMENT EXECUTE FUNCTION biz.test_hold();
CREATE TRIGGER test_hold AFTER INSERT ON biz.trigger_events FOR EACH STATEMENT EXECUTE FUNCTION biz.test_hold();
UPDATE biz.trigger_jobs SET status = 'disabled';
INSERT INTO biz.sites (site_id, site_code, name) VALUES (1, 'ONE', 'one'), (2, 'TWO', 'two');
