-- Cluster roles of Neo-ZQYY. Run once per cluster by a superuser, safe to run again; migrations only grant.
-- Passwords are not set here: give the LOGIN roles theirs with ALTER ROLE … PASSWORD, or use peer / cert.
DO $roles$
DECLARE
    wanted CONSTANT text[][] := ARRAY[
        -- role, attributes
        ['zqyy_owner', 'LOGIN BYPASSRLS'],        -- migrator: owns the business database; BYPASSRLS, else FORCE hides its own rows from backfills
        ['zqyy_definer', 'NOLOGIN BYPASSRLS'],    -- owner of SECURITY DEFINER functions, nothing else
        ['zqyy_api', 'LOGIN NOBYPASSRLS'],        -- the api process
        ['zqyy_worker', 'LOGIN NOBYPASSRLS'],     -- the worker process
        ['zqyy_board', 'LOGIN NOBYPASSRLS'],      -- the queue's board: the tables of apalis, read only, nothing else
        ['zqyy_backup', 'LOGIN BYPASSRLS'],       -- pg_dump
        ['zqyy_readonly', 'LOGIN BYPASSRLS'],     -- people looking: every site, no write
        ['zqyy_etl_writer', 'LOGIN NOBYPASSRLS'], -- the ETL: may insert events in the business database, nothing else
        ['zqyy_etl_owner', 'LOGIN NOBYPASSRLS'],  -- owner of the (reference) warehouse
        ['zqyy_etl_reader', 'LOGIN NOBYPASSRLS']  -- api and worker in the warehouse: the app.v_* views, nothing else
    ];
    i integer;
BEGIN
    FOR i IN 1 .. array_length(wanted, 1) LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted[i][1]) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted[i][1], wanted[i][2]);
        ELSE
            EXECUTE format('ALTER ROLE %I %s', wanted[i][1], wanted[i][2]);
        END IF;
    END LOOP;
END
$roles$;

-- The migrator hands definer functions over to their owner.
GRANT zqyy_definer TO zqyy_owner;
GRANT pg_read_all_data TO zqyy_backup, zqyy_readonly;
ALTER ROLE zqyy_readonly SET default_transaction_read_only = on;
ALTER ROLE zqyy_etl_reader SET default_transaction_read_only = on;
ALTER ROLE zqyy_board SET default_transaction_read_only = on;
ALTER ROLE zqyy_board SET statement_timeout = '5s';

-- A frozen process must not hide its rows behind open transactions for longer than a run's lease (60 s).
DO $timeouts$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['zqyy_api', 'zqyy_worker', 'zqyy_etl_reader'] LOOP
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', r, '15s');
        EXECUTE format('ALTER ROLE %I SET tcp_keepalives_idle = %L', r, '10');
        EXECUTE format('ALTER ROLE %I SET tcp_keepalives_interval = %L', r, '5');
        EXECUTE format('ALTER ROLE %I SET tcp_keepalives_count = %L', r, '3');
        EXECUTE format('ALTER ROLE %I SET tcp_user_timeout = %L', r, '25s');
        -- Our statements are short; compiling one costs more than running it (a recount of a month: 180 ms, 30 without).
        EXECUTE format('ALTER ROLE %I SET jit = %L', r, 'off');
    END LOOP;
END
$timeouts$;
ALTER ROLE zqyy_api SET statement_timeout = '10s';
ALTER ROLE zqyy_worker SET statement_timeout = '300s';
-- The queue's tables are empty at one moment and full at the next; a plan that scans them whole while they are empty costs
-- seconds per claim when they are full.
ALTER ROLE zqyy_worker SET enable_seqscan = off;
ALTER ROLE zqyy_etl_reader SET statement_timeout = '120s';
ALTER ROLE zqyy_api SET lock_timeout = '5s';
-- A page's statement takes milliseconds, as long as a second process needs to begin; with many clients it takes a processor
-- from another page.
ALTER ROLE zqyy_api SET max_parallel_workers_per_gather = 0;
ALTER ROLE zqyy_etl_reader SET max_parallel_workers_per_gather = 0;
