DO $$
DECLARE
    policy record;
    setting CONSTANT text := $q$(NULLIF(current_setting('app.current_site_id'::text, true), ''::text))::bigint$q$;
BEGIN
    FOR policy IN
        SELECT schemaname, tablename FROM pg_policies
        WHERE schemaname IN ('auth', 'biz', 'public') AND policyname = 'api_site' AND with_check IS NULL
          AND qual LIKE '(site_id = ( SELECT (NULLIF(current_setting(%'
    LOOP
        EXECUTE format('ALTER POLICY api_site ON %I.%I USING (site_id = %s)', policy.schemaname, policy.tablename, setting);
    END LOOP;
END
$$;

DROP FUNCTION IF EXISTS biz.tasks_at_moment(bigint, timestamptz);
DROP TRIGGER IF EXISTS coach_tasks_changed ON biz.coach_tasks;
CREATE TRIGGER coach_tasks_changed BEFORE UPDATE ON biz.coach_tasks
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.is_pinned IS DISTINCT FROM NEW.is_pinned
          OR OLD.abandon_reason IS DISTINCT FROM NEW.abandon_reason)
    EXECUTE FUNCTION biz.coach_tasks_changed();
DROP FUNCTION IF EXISTS biz.coach_tasks_keep_previous();
ALTER TABLE biz.coach_tasks
    DROP COLUMN IF EXISTS previous_status,
    DROP COLUMN IF EXISTS previous_is_pinned,
    DROP COLUMN IF EXISTS previous_abandon_reason,
    DROP COLUMN IF EXISTS previous_changed_at;
