-- The same halls, every coach bound; and the comparison's input, where one INSERT … SELECT can read it.
INSERT INTO biz.sites (site_id, site_code, name)
SELECT s, 'BENCH' || s, s || '号店' FROM generate_series(1, current_setting('bench.sites')::bigint) AS s;

INSERT INTO auth.users (username, status)
SELECT 'bench-' || s || '-' || a, 'approved'
FROM generate_series(1, current_setting('bench.sites')::bigint) AS s,
     generate_series(1, current_setting('bench.coaches')::bigint) AS a;

INSERT INTO auth.user_assistant_binding (site_id, user_id, assistant_id)
SELECT split_part(username, '-', 2)::bigint, id, split_part(username, '-', 3)::bigint
FROM auth.users WHERE username LIKE 'bench-%';

CREATE SCHEMA bench;
CREATE TABLE bench.morning AS
SELECT s AS site_id, 1 + (m - 1) / current_setting('bench.members')::bigint AS assistant_id, m AS member_id,
       ((m * 37 % 1001)::numeric / 100)::numeric(4, 2) AS rs,
       ((m * 61 % 1001)::numeric / 100)::numeric(4, 2) AS wbi,
       CASE WHEN m % 20 = 0 THEN ((m * 13 % 1001)::numeric / 100)::numeric(4, 2) END AS nci
FROM generate_series(1, current_setting('bench.sites')::bigint) AS s,
     generate_series(1, current_setting('bench.coaches')::bigint * current_setting('bench.members')::bigint) AS m;

ANALYZE bench.morning, biz.sites, auth.users, auth.user_assistant_binding;
