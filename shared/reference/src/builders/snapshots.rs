//! Snapshot rows, as a roll-up (or a broken ETL) would leave them.
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgPool;

/// A pair in the relation index.
#[derive(Clone, Debug)]
pub struct RelationRow {
    /// Tenant.
    pub site_id: i64,
    /// Date of the snapshot.
    pub stat_date: NaiveDate,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Text of a `numeric(4,2)`; `relation_index` is a tenth of it, and null where that fits no index.
    pub rs: Option<String>,
    /// Newest service.
    pub last_service_time: Option<DateTime<Utc>>,
}

impl RelationRow {
    /// RS 5.00.
    pub fn new(site_id: i64, stat_date: NaiveDate, assistant_id: i64, member_id: i64) -> Self {
        Self { site_id, stat_date, assistant_id, member_id, rs: Some("5.00".into()), last_service_time: None }
    }

    /// Another RS: `"6.00"`, `"NaN"`, `"10.50"`.
    pub fn rs(mut self, rs: &str) -> Self {
        self.rs = Some(rs.into());
        self
    }

    /// A null RS.
    pub fn no_rs(mut self) -> Self {
        self.rs = None;
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dws.member_assistant_relation_index (site_id, stat_date, assistant_id, member_id, rs_score,
                 relation_index, service_count_60d, hours_60d, last_service_time)
             SELECT $1, $2, $3, $4, rs, CASE WHEN rs BETWEEN 0 AND 10 THEN rs / 10 END, 1, 2, $6
             FROM (SELECT $5::text::numeric) AS given (rs)
             ON CONFLICT (site_id, stat_date, assistant_id, member_id) DO UPDATE SET rs_score = EXCLUDED.rs_score,
                 relation_index = EXCLUDED.relation_index, last_service_time = EXCLUDED.last_service_time",
            self.site_id,
            self.stat_date,
            self.assistant_id,
            self.member_id,
            self.rs,
            self.last_service_time,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A member in the win-back index.
#[derive(Clone, Debug)]
pub struct WinbackRow {
    /// Tenant.
    pub site_id: i64,
    /// Date of the snapshot.
    pub stat_date: NaiveDate,
    /// Member.
    pub member_id: i64,
    /// Text of a `numeric(4,2)`.
    pub wbi: Option<String>,
}

impl WinbackRow {
    /// WBI 0.00.
    pub fn new(site_id: i64, stat_date: NaiveDate, member_id: i64) -> Self {
        Self { site_id, stat_date, member_id, wbi: Some("0.00".into()) }
    }

    /// Another WBI: `"7.01"`, `"NaN"`.
    pub fn wbi(mut self, wbi: &str) -> Self {
        self.wbi = Some(wbi.into());
        self
    }

    /// A null WBI.
    pub fn no_wbi(mut self) -> Self {
        self.wbi = None;
        self
    }

    /// Writes it, with a rhythm of 7 days.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dws.member_winback_index (site_id, stat_date, member_id, wbi_score, gap_days)
             VALUES ($1, $2, $3, $4::text::numeric, 7)
             ON CONFLICT (site_id, stat_date, member_id) DO UPDATE SET wbi_score = EXCLUDED.wbi_score",
            self.site_id,
            self.stat_date,
            self.member_id,
            self.wbi,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A member in the new-customer index.
#[derive(Clone, Debug)]
pub struct NewconvRow {
    /// Tenant.
    pub site_id: i64,
    /// Date of the snapshot.
    pub stat_date: NaiveDate,
    /// Member.
    pub member_id: i64,
    /// Text of a `numeric(4,2)`.
    pub nci: Option<String>,
}

impl NewconvRow {
    /// NCI 0.00.
    pub fn new(site_id: i64, stat_date: NaiveDate, member_id: i64) -> Self {
        Self { site_id, stat_date, member_id, nci: Some("0.00".into()) }
    }

    /// Another NCI: `"7.01"`, `"NaN"`.
    pub fn nci(mut self, nci: &str) -> Self {
        self.nci = Some(nci.into());
        self
    }

    /// A null NCI.
    pub fn no_nci(mut self) -> Self {
        self.nci = None;
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dws.member_newconv_index (site_id, stat_date, member_id, nci_score)
             VALUES ($1, $2, $3, $4::text::numeric)
             ON CONFLICT (site_id, stat_date, member_id) DO UPDATE SET nci_score = EXCLUDED.nci_score",
            self.site_id,
            self.stat_date,
            self.member_id,
            self.nci,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A member in the consumption summary: one visit of 100 yuan.
#[derive(Clone, Debug)]
pub struct ConsumptionRow {
    /// Tenant.
    pub site_id: i64,
    /// Date of the snapshot.
    pub stat_date: NaiveDate,
    /// Member.
    pub member_id: i64,
    /// Last, and here also first, visit.
    pub last_consume_date: NaiveDate,
}

impl ConsumptionRow {
    /// Last here on that date.
    pub fn new(site_id: i64, stat_date: NaiveDate, member_id: i64, last_consume_date: NaiveDate) -> Self {
        Self { site_id, stat_date, member_id, last_consume_date }
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dws.member_consumption_summary (site_id, stat_date, member_id, first_consume_date,
                 last_consume_date, total_visit_count, total_open_table_count, total_consume_amount, visit_count_60d,
                 consume_amount_60d)
             VALUES ($1, $2, $3, $4, $4, 1, 1, 100, 1, 100)
             ON CONFLICT (site_id, stat_date, member_id) DO UPDATE SET last_consume_date = EXCLUDED.last_consume_date,
                 first_consume_date = EXCLUDED.first_consume_date",
            self.site_id,
            self.stat_date,
            self.member_id,
            self.last_consume_date,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A coach's pay of the month to date: base hours only.
#[derive(Clone, Debug)]
pub struct SalaryRow {
    /// Tenant.
    pub site_id: i64,
    /// What it runs to; its month is the month.
    pub stat_date: NaiveDate,
    /// Coach.
    pub assistant_id: i64,
    /// The tier reached.
    pub tier_id: i64,
    /// Base hours.
    pub hours: Decimal,
    /// Per hour.
    pub price: Decimal,
}

impl SalaryRow {
    /// That many hours at 100 yuan, in tier 1.
    pub fn new(site_id: i64, stat_date: NaiveDate, assistant_id: i64, hours: Decimal) -> Self {
        Self { site_id, stat_date, assistant_id, tier_id: 1, hours, price: Decimal::ONE_HUNDRED }
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dws.assistant_daily_salary (site_id, stat_date, salary_month, assistant_id,
                 assistant_level_name, tier_id, base_hours, bonus_hours, effective_hours, base_course_price,
                 bonus_course_price, base_income, bonus_income, recharge_commission, goods_commission, sprint_bonus,
                 reward, deduction, gross_salary)
             VALUES ($1, $2, date_trunc('month', $2::date)::date, $3, '高级', $4, $5, 0, $5, $6, 0, $7, 0, 0, 0, 0, 0, 0, $7)
             ON CONFLICT (site_id, stat_date, assistant_id) DO UPDATE SET tier_id = EXCLUDED.tier_id,
                 base_hours = EXCLUDED.base_hours, effective_hours = EXCLUDED.effective_hours,
                 base_course_price = EXCLUDED.base_course_price, base_income = EXCLUDED.base_income,
                 gross_salary = EXCLUDED.gross_salary",
            self.site_id,
            self.stat_date,
            self.assistant_id,
            self.tier_id,
            self.hours,
            self.price,
            (self.hours * self.price).round_dp(2),
        )
        .execute(pool)
        .await
        .map(drop)
    }
}
