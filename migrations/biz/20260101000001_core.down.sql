DROP SCHEMA IF EXISTS auth CASCADE;
DROP TABLE IF EXISTS biz.sites CASCADE;
DROP FUNCTION IF EXISTS biz.business_now();
DROP TABLE IF EXISTS biz.clock_offset, biz.schema_compatibility;
