-- Reference warehouse: halls, people and what happened. Stands in for the ETL team's warehouse.
-- Keys begin with site_id: every read is of one hall. No foreign keys: an ETL delivers in any order.
CREATE SCHEMA IF NOT EXISTS dim;
CREATE SCHEMA IF NOT EXISTS cfg;
CREATE SCHEMA IF NOT EXISTS dwd;
COMMENT ON SCHEMA dim IS 'Dimensions: halls, members, cards, coaches; history kept as SCD2 versions.';
COMMENT ON SCHEMA cfg IS 'Configuration of a hall: skills, pay tiers.';
COMMENT ON SCHEMA dwd IS 'Facts, one row per business event; is_delete <> 0 is void and counts nowhere.';

CREATE TABLE IF NOT EXISTS dim.site (
    site_id bigint PRIMARY KEY,
    site_name text NOT NULL,
    timezone text NOT NULL DEFAULT 'Asia/Shanghai',
    business_day_cutoff_hour smallint NOT NULL DEFAULT 8 CHECK (business_day_cutoff_hour BETWEEN 0 AND 23)
);
COMMENT ON TABLE dim.site IS 'The halls, with the zone and cut-off hour that make their business dates.';

CREATE TABLE IF NOT EXISTS dim.member (
    site_id bigint NOT NULL,
    member_id bigint NOT NULL,
    nickname text,
    mobile text,
    gender text,
    birthday date,
    grade_name text,
    register_time timestamptz NOT NULL,
    scd2_start_time timestamptz NOT NULL,
    scd2_end_time timestamptz,
    scd2_is_current smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, member_id, scd2_start_time)
);
COMMENT ON TABLE dim.member IS 'Members; a change of name, phone or grade opens a new version.';

CREATE TABLE IF NOT EXISTS dim.member_card_account (
    site_id bigint NOT NULL,
    card_account_id bigint NOT NULL,
    tenant_member_id bigint NOT NULL,
    card_kind text NOT NULL CHECK (card_kind IN ('stored', 'gift_table', 'gift_drink', 'gift_voucher')),
    card_type_name text,
    balance numeric(12,2) NOT NULL,
    scd2_start_time timestamptz NOT NULL,
    scd2_end_time timestamptz,
    scd2_is_current smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, card_account_id, scd2_start_time)
);
CREATE INDEX IF NOT EXISTS member_card_account_member
    ON dim.member_card_account (site_id, tenant_member_id, scd2_end_time);
COMMENT ON TABLE dim.member_card_account IS 'Stored-value and gift cards; every movement of the balance opens a new version.';

CREATE TABLE IF NOT EXISTS dim.assistant (
    site_id bigint NOT NULL,
    assistant_id bigint NOT NULL,
    real_name text,
    nickname text,
    avatar_url text,
    mobile text,
    level_code text,
    level_name text,
    skill_codes text[] NOT NULL DEFAULT '{}',
    entry_time timestamptz,
    resign_time timestamptz,
    assistant_status text NOT NULL DEFAULT 'active' CHECK (assistant_status IN ('active', 'resigned')),
    scd2_start_time timestamptz NOT NULL,
    scd2_end_time timestamptz,
    scd2_is_current smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, assistant_id, scd2_start_time)
);
COMMENT ON TABLE dim.assistant IS 'Coaches; a change of level and a resignation open a new version.';

CREATE TABLE IF NOT EXISTS cfg.skill_type (
    site_id bigint NOT NULL,
    skill_code text NOT NULL,
    skill_name text NOT NULL,
    sort_order integer NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (site_id, skill_code)
);
COMMENT ON TABLE cfg.skill_type IS 'What a coach can teach.';

CREATE TABLE IF NOT EXISTS cfg.performance_tier (
    site_id bigint NOT NULL,
    tier_id bigint NOT NULL,
    tier_name text NOT NULL,
    min_hours numeric(6,2) NOT NULL,
    base_course_price numeric(12,2) NOT NULL,
    bonus_course_price numeric(12,2) NOT NULL,
    sprint_bonus numeric(12,2) NOT NULL DEFAULT 0,
    effective_from date NOT NULL,
    PRIMARY KEY (site_id, tier_id),
    CONSTRAINT performance_tier_node UNIQUE (site_id, effective_from, min_hours)
);
COMMENT ON TABLE cfg.performance_tier IS 'Pay tiers by hours of the month; the newest effective_from is one whole set that replaces the one before.';

-- loaded_at is when the ETL wrote the row: a row loaded after its day was rolled up is a late one.
CREATE TABLE IF NOT EXISTS dwd.settlement (
    site_id bigint NOT NULL,
    order_settle_id bigint NOT NULL,
    settle_type smallint NOT NULL,
    member_id bigint,
    site_table_id bigint,
    table_charge_money numeric(12,2) NOT NULL DEFAULT 0,
    goods_money numeric(12,2) NOT NULL DEFAULT 0,
    assistant_pd_money numeric(12,2) NOT NULL DEFAULT 0,
    assistant_cx_money numeric(12,2) NOT NULL DEFAULT 0,
    ledger_amount numeric(12,2) NOT NULL,
    discount_amount numeric(12,2) NOT NULL DEFAULT 0,
    card_paid numeric(12,2) NOT NULL DEFAULT 0,
    cash_paid numeric(12,2) NOT NULL DEFAULT 0,
    online_paid numeric(12,2) NOT NULL DEFAULT 0,
    groupbuy_paid numeric(12,2) NOT NULL DEFAULT 0,
    create_time timestamptz NOT NULL,
    is_delete smallint NOT NULL DEFAULT 0,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, order_settle_id)
);
CREATE INDEX IF NOT EXISTS settlement_time ON dwd.settlement (site_id, create_time);
CREATE INDEX IF NOT EXISTS settlement_member ON dwd.settlement (site_id, member_id, create_time);
COMMENT ON TABLE dwd.settlement IS 'Settlements: 1 table, 3 shop order, other types are not consumption; member_id null or 0 is a walk-in.';

CREATE TABLE IF NOT EXISTS dwd.assistant_service_log (
    site_id bigint NOT NULL,
    assistant_service_id bigint NOT NULL,
    order_settle_id bigint NOT NULL,
    site_assistant_id bigint NOT NULL,
    tenant_member_id bigint,
    site_table_id bigint,
    skill_name text,
    course_kind text NOT NULL CHECK (course_kind IN ('base', 'bonus')),
    start_use_time timestamptz,
    last_use_time timestamptz,
    create_time timestamptz NOT NULL,
    income_seconds integer NOT NULL,
    real_use_seconds integer NOT NULL,
    ledger_amount numeric(12,2) NOT NULL,
    assistant_pd_money numeric(12,2) NOT NULL DEFAULT 0,
    assistant_cx_money numeric(12,2) NOT NULL DEFAULT 0,
    is_delete smallint NOT NULL DEFAULT 0,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, assistant_service_id)
);
-- The recall rule asks for the first valid service of a pair since a moment.
CREATE INDEX IF NOT EXISTS assistant_service_log_pair
    ON dwd.assistant_service_log (site_id, site_assistant_id, tenant_member_id, create_time, assistant_service_id)
    WHERE is_delete = 0;
CREATE INDEX IF NOT EXISTS assistant_service_log_time ON dwd.assistant_service_log (site_id, create_time);
COMMENT ON TABLE dwd.assistant_service_log IS 'A coach''s services: base rows carry pd money, bonus rows cx money; create_time is when the row was booked.';

CREATE TABLE IF NOT EXISTS dwd.recharge_order (
    site_id bigint NOT NULL,
    recharge_order_id bigint NOT NULL,
    member_id bigint NOT NULL,
    assistant_id bigint,
    card_kind text NOT NULL,
    pay_amount numeric(12,2) NOT NULL,
    gift_amount numeric(12,2) NOT NULL DEFAULT 0,
    is_first boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL,
    is_delete smallint NOT NULL DEFAULT 0,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, recharge_order_id)
);
CREATE INDEX IF NOT EXISTS recharge_order_time ON dwd.recharge_order (site_id, create_time);
CREATE INDEX IF NOT EXISTS recharge_order_member ON dwd.recharge_order (site_id, member_id, create_time);
COMMENT ON TABLE dwd.recharge_order IS 'Money paid onto a card, with what the hall gave on top; assistant_id is the coach who sold it.';

CREATE TABLE IF NOT EXISTS dwd.discount (
    site_id bigint NOT NULL,
    order_settle_id bigint NOT NULL,
    discount_type text NOT NULL CHECK (discount_type IN ('groupbuy', 'member', 'gift_card', 'manual', 'other')),
    amount numeric(12,2) NOT NULL,
    create_time timestamptz NOT NULL,
    is_delete smallint NOT NULL DEFAULT 0,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, order_settle_id, discount_type)
);
CREATE INDEX IF NOT EXISTS discount_time ON dwd.discount (site_id, create_time);
COMMENT ON TABLE dwd.discount IS 'A settlement''s discount_amount by kind.';

-- What the generator was asked for, and how far it has come: the next day continues the same story.
CREATE TABLE IF NOT EXISTS cfg.demo_chain (
    site_id bigint PRIMARY KEY,
    seed bigint NOT NULL,
    coaches integer NOT NULL,
    members integer NOT NULL,
    days integer NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL
);
COMMENT ON TABLE cfg.demo_chain IS 'Demo only: seed and sizes of each generated hall, and the last business date whose facts are written.';
