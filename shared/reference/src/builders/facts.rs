//! Services, settlements, recharges.
use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use sqlx::PgPool;

/// A coach's service. Amounts follow the hours at 100 yuan (bonus 200); the ETL loaded it when it was booked.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// Tenant.
    pub site_id: i64,
    /// `assistant_service_id`.
    pub service_id: i64,
    /// `order_settle_id`; the service's own id unless set.
    pub settle_id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Null or 0: a walk-in.
    pub member_id: Option<i64>,
    /// When it was booked.
    pub create_time: DateTime<Utc>,
    /// Income seconds.
    pub seconds: i32,
    /// A bonus course instead of a base course.
    pub bonus: bool,
    /// Void.
    pub void: bool,
    /// When the ETL wrote it.
    pub loaded_at: DateTime<Utc>,
}

impl ServiceRow {
    /// Two hours of base course.
    pub fn new(site_id: i64, service_id: i64, assistant_id: i64, member_id: i64, at: DateTime<Utc>) -> Self {
        Self {
            site_id,
            service_id,
            settle_id: service_id,
            assistant_id,
            member_id: Some(member_id),
            create_time: at,
            seconds: 7200,
            bonus: false,
            void: false,
            loaded_at: at,
        }
    }

    /// Void.
    pub fn void(mut self) -> Self {
        self.void = true;
        self
    }

    /// Of this length; `bonus` for a bonus course.
    pub fn seconds(mut self, seconds: i32, bonus: bool) -> Self {
        (self.seconds, self.bonus) = (seconds, bonus);
        self
    }

    /// Delivered late.
    pub fn loaded_at(mut self, at: DateTime<Utc>) -> Self {
        self.loaded_at = at;
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        let price = Decimal::from(if self.bonus { 200 } else { 100 });
        let money = (Decimal::from(self.seconds) * price / Decimal::from(3600)).round_dp(2);
        let (pd, cx) = if self.bonus { (Decimal::ZERO, money) } else { (money, Decimal::ZERO) };
        sqlx::query!(
            "INSERT INTO dwd.assistant_service_log (site_id, assistant_service_id, order_settle_id, site_assistant_id,
                 tenant_member_id, site_table_id, skill_name, course_kind, start_use_time, last_use_time, create_time,
                 income_seconds, real_use_seconds, ledger_amount, assistant_pd_money, assistant_cx_money, is_delete,
                 loaded_at)
             VALUES ($1, $2, $3, $4, $5, 1, '中式八球', $6, $7, $8, $8, $9, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (site_id, assistant_service_id) DO UPDATE SET order_settle_id = EXCLUDED.order_settle_id,
                 site_assistant_id = EXCLUDED.site_assistant_id, tenant_member_id = EXCLUDED.tenant_member_id,
                 course_kind = EXCLUDED.course_kind, start_use_time = EXCLUDED.start_use_time,
                 last_use_time = EXCLUDED.last_use_time, create_time = EXCLUDED.create_time,
                 income_seconds = EXCLUDED.income_seconds, real_use_seconds = EXCLUDED.real_use_seconds,
                 ledger_amount = EXCLUDED.ledger_amount, assistant_pd_money = EXCLUDED.assistant_pd_money,
                 assistant_cx_money = EXCLUDED.assistant_cx_money, is_delete = EXCLUDED.is_delete,
                 loaded_at = EXCLUDED.loaded_at",
            self.site_id,
            self.service_id,
            self.settle_id,
            self.assistant_id,
            self.member_id,
            if self.bonus { "bonus" } else { "base" },
            self.create_time - Duration::seconds(self.seconds.into()),
            self.create_time,
            self.seconds,
            money,
            pd,
            cx,
            i16::from(self.void),
            self.loaded_at,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A settlement paid in cash, all of it table charge (goods for a shop order).
#[derive(Clone, Debug)]
pub struct SettlementRow {
    /// Tenant.
    pub site_id: i64,
    /// `order_settle_id`.
    pub settle_id: i64,
    /// 1 table, 3 shop order, others are not consumption.
    pub settle_type: i16,
    /// Null or 0: a walk-in.
    pub member_id: Option<i64>,
    /// `ledger_amount`.
    pub amount: Decimal,
    /// When it was settled.
    pub create_time: DateTime<Utc>,
    /// Void.
    pub void: bool,
}

impl SettlementRow {
    /// A table opening of a member.
    pub fn new(site_id: i64, settle_id: i64, member_id: i64, amount: Decimal, at: DateTime<Utc>) -> Self {
        Self {
            site_id,
            settle_id,
            settle_type: 1,
            member_id: Some(member_id),
            amount,
            create_time: at,
            void: false,
        }
    }

    /// Of another type.
    pub fn settle_type(mut self, settle_type: i16) -> Self {
        self.settle_type = settle_type;
        self
    }

    /// Void.
    pub fn void(mut self) -> Self {
        self.void = true;
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        let (table, goods) =
            if self.settle_type == 3 { (Decimal::ZERO, self.amount) } else { (self.amount, Decimal::ZERO) };
        sqlx::query!(
            "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, member_id, site_table_id,
                 table_charge_money, goods_money, ledger_amount, cash_paid, create_time, is_delete, loaded_at)
             VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $7, $8, $9, $8)
             ON CONFLICT (site_id, order_settle_id) DO UPDATE SET settle_type = EXCLUDED.settle_type,
                 member_id = EXCLUDED.member_id, table_charge_money = EXCLUDED.table_charge_money,
                 goods_money = EXCLUDED.goods_money, ledger_amount = EXCLUDED.ledger_amount,
                 cash_paid = EXCLUDED.cash_paid, create_time = EXCLUDED.create_time, is_delete = EXCLUDED.is_delete",
            self.site_id,
            self.settle_id,
            self.settle_type,
            self.member_id,
            table,
            goods,
            self.amount,
            self.create_time,
            i16::from(self.void),
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// Money paid onto a stored-value card.
#[derive(Clone, Debug)]
pub struct RechargeRow {
    /// Tenant.
    pub site_id: i64,
    /// `recharge_order_id`.
    pub recharge_id: i64,
    /// Member.
    pub member_id: i64,
    /// The coach who sold it.
    pub assistant_id: Option<i64>,
    /// Paid, without gifts.
    pub pay_amount: Decimal,
    /// When.
    pub create_time: DateTime<Utc>,
    /// Void.
    pub void: bool,
}

impl RechargeRow {
    /// A recharge that no coach sold.
    pub fn new(
        site_id: i64,
        recharge_id: i64,
        member_id: i64,
        pay_amount: Decimal,
        at: DateTime<Utc>,
    ) -> Self {
        Self { site_id, recharge_id, member_id, assistant_id: None, pay_amount, create_time: at, void: false }
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dwd.recharge_order (site_id, recharge_order_id, member_id, assistant_id, card_kind, pay_amount,
                 create_time, is_delete, loaded_at)
             VALUES ($1, $2, $3, $4, 'stored', $5, $6, $7, $6)
             ON CONFLICT (site_id, recharge_order_id) DO UPDATE SET member_id = EXCLUDED.member_id,
                 assistant_id = EXCLUDED.assistant_id, pay_amount = EXCLUDED.pay_amount,
                 create_time = EXCLUDED.create_time, is_delete = EXCLUDED.is_delete",
            self.site_id,
            self.recharge_id,
            self.member_id,
            self.assistant_id,
            self.pay_amount,
            self.create_time,
            i16::from(self.void),
        )
        .execute(pool)
        .await
        .map(drop)
    }
}
