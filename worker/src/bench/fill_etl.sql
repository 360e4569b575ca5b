-- As many halls as asked for; every coach has members of their own; indices spread over 0 to 10.
INSERT INTO dim.site (site_id, site_name)
SELECT s, s || '号店' FROM generate_series(1, current_setting('bench.sites')::bigint) AS s;

INSERT INTO dim.assistant (site_id, assistant_id, nickname, level_code, level_name, entry_time, scd2_start_time)
SELECT s, a, '助教' || a, 'senior', '高级', '2020-01-01+00', '2020-01-01+00'
FROM generate_series(1, current_setting('bench.sites')::bigint) AS s,
     generate_series(1, current_setting('bench.coaches')::bigint) AS a;

INSERT INTO dws.member_assistant_relation_index
    (site_id, stat_date, assistant_id, member_id, rs_score, relation_index, service_count_60d, hours_60d)
SELECT s, current_setting('bench.stat_date')::date, 1 + (m - 1) / current_setting('bench.members')::bigint, m,
       (m * 37 % 1001)::numeric / 100, (m * 37 % 1001)::numeric / 1001, 1, 2
FROM generate_series(1, current_setting('bench.sites')::bigint) AS s,
     generate_series(1, current_setting('bench.coaches')::bigint * current_setting('bench.members')::bigint) AS m;

INSERT INTO dws.member_winback_index (site_id, stat_date, member_id, wbi_score, gap_days)
SELECT s, current_setting('bench.stat_date')::date, m, (m * 61 % 1001)::numeric / 100, 7
FROM generate_series(1, current_setting('bench.sites')::bigint) AS s,
     generate_series(1, current_setting('bench.coaches')::bigint * current_setting('bench.members')::bigint) AS m;

INSERT INTO dws.member_newconv_index (site_id, stat_date, member_id, nci_score)
SELECT s, current_setting('bench.stat_date')::date, m, (m * 13 % 1001)::numeric / 100
FROM generate_series(1, current_setting('bench.sites')::bigint) AS s,
     generate_series(20, current_setting('bench.coaches')::bigint * current_setting('bench.members')::bigint, 20) AS m;

ANALYZE dws.member_assistant_relation_index, dws.member_winback_index, dws.member_newconv_index;
