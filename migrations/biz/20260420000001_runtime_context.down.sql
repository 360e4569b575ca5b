DROP FUNCTION IF EXISTS auth.enter_site(bigint, bigint, integer);
DROP TABLE IF EXISTS biz.runtime_context;
