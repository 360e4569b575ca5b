GRANT USAGE ON SCHEMA apalis TO zqyy_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA apalis TO zqyy_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA apalis TO zqyy_worker;
GRANT SELECT ON biz._sqlx_migrations TO zqyy_api, zqyy_worker;
