//! Halls, coaches, members, cards, tiers.
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgPool;

/// Long before anything a test looks at.
const LONG_AGO: DateTime<Utc> = match DateTime::from_timestamp(1_577_836_800, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// A hall.
#[derive(Clone, Debug)]
pub struct SiteRow {
    /// Tenant.
    pub site_id: i64,
    /// Name.
    pub name: String,
    /// IANA zone.
    pub timezone: String,
    /// Local hour.
    pub cutoff_hour: i16,
}

impl SiteRow {
    /// A hall in Shanghai with cut-off 8.
    pub fn new(site_id: i64) -> Self {
        Self { site_id, name: format!("{site_id}号店"), timezone: "Asia/Shanghai".into(), cutoff_hour: 8 }
    }

    /// Another zone and cut-off.
    pub fn calendar(mut self, timezone: &str, cutoff_hour: i16) -> Self {
        (self.timezone, self.cutoff_hour) = (timezone.into(), cutoff_hour);
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dim.site (site_id, site_name, timezone, business_day_cutoff_hour) VALUES ($1, $2, $3, $4)
             ON CONFLICT (site_id) DO UPDATE SET site_name = EXCLUDED.site_name, timezone = EXCLUDED.timezone,
                 business_day_cutoff_hour = EXCLUDED.business_day_cutoff_hour",
            self.site_id,
            self.name,
            self.timezone,
            self.cutoff_hour,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A coach: one version, valid since long ago.
#[derive(Clone, Debug)]
pub struct AssistantRow {
    /// Tenant.
    pub site_id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Null: the real name is shown.
    pub nickname: Option<String>,
    /// Real name.
    pub real_name: Option<String>,
    /// Code and name of the level.
    pub level: (String, String),
    /// Left then.
    pub resign_time: Option<DateTime<Utc>>,
}

impl AssistantRow {
    /// A senior coach who is there.
    pub fn new(site_id: i64, assistant_id: i64) -> Self {
        Self {
            site_id,
            assistant_id,
            nickname: Some(format!("助教{assistant_id}")),
            real_name: Some(format!("真名{assistant_id}")),
            level: ("senior".into(), "高级".into()),
            resign_time: None,
        }
    }

    /// Shown as.
    pub fn nickname(mut self, nickname: &str) -> Self {
        self.nickname = Some(nickname.into());
        self
    }

    /// Left at that time.
    pub fn resigned(mut self, at: DateTime<Utc>) -> Self {
        self.resign_time = Some(at);
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dim.assistant (site_id, assistant_id, real_name, nickname, level_code, level_name, entry_time,
                 resign_time, scd2_start_time)
             VALUES ($1, $2, $3, $4, $5, $6, $8, $7, $8)
             ON CONFLICT (site_id, assistant_id, scd2_start_time) DO UPDATE SET real_name = EXCLUDED.real_name,
                 nickname = EXCLUDED.nickname, level_code = EXCLUDED.level_code, level_name = EXCLUDED.level_name,
                 resign_time = EXCLUDED.resign_time",
            self.site_id,
            self.assistant_id,
            self.real_name,
            self.nickname,
            self.level.0,
            self.level.1,
            self.resign_time,
            LONG_AGO,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A member: one version, valid since long ago.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Tenant.
    pub site_id: i64,
    /// Member.
    pub member_id: i64,
    /// Shown as.
    pub nickname: Option<String>,
    /// Unmasked.
    pub mobile: Option<String>,
    /// Counts for NCI.
    pub register_time: DateTime<Utc>,
}

impl MemberRow {
    /// A member with a made-up name and phone, registered long ago.
    pub fn new(site_id: i64, member_id: i64) -> Self {
        Self {
            site_id,
            member_id,
            nickname: Some(format!("会员{member_id}")),
            mobile: Some(format!("1990{:07}", member_id.rem_euclid(10_000_000))),
            register_time: LONG_AGO,
        }
    }

    /// Shown as.
    pub fn nickname(mut self, nickname: &str) -> Self {
        self.nickname = Some(nickname.into());
        self
    }

    /// Registered then.
    pub fn registered(mut self, at: DateTime<Utc>) -> Self {
        self.register_time = at;
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dim.member (site_id, member_id, nickname, mobile, register_time, scd2_start_time)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (site_id, member_id, scd2_start_time) DO UPDATE SET nickname = EXCLUDED.nickname,
                 mobile = EXCLUDED.mobile, register_time = EXCLUDED.register_time",
            self.site_id,
            self.member_id,
            self.nickname,
            self.mobile,
            self.register_time,
            LONG_AGO,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A card: one version, valid since long ago; its id is the member's unless set.
#[derive(Clone, Debug)]
pub struct CardRow {
    /// Tenant.
    pub site_id: i64,
    /// Card.
    pub card_account_id: i64,
    /// Owner.
    pub member_id: i64,
    /// `stored`, `gift_table`, `gift_drink`, `gift_voucher`.
    pub kind: String,
    /// Yuan.
    pub balance: Decimal,
}

impl CardRow {
    /// A stored-value card.
    pub fn new(site_id: i64, member_id: i64, balance: Decimal) -> Self {
        Self { site_id, card_account_id: member_id, member_id, kind: "stored".into(), balance }
    }

    /// Another card of the member.
    pub fn card(mut self, card_account_id: i64, kind: &str) -> Self {
        (self.card_account_id, self.kind) = (card_account_id, kind.into());
        self
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dim.member_card_account (site_id, card_account_id, tenant_member_id, card_kind, balance,
                 scd2_start_time)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (site_id, card_account_id, scd2_start_time) DO UPDATE SET card_kind = EXCLUDED.card_kind,
                 tenant_member_id = EXCLUDED.tenant_member_id, balance = EXCLUDED.balance",
            self.site_id,
            self.card_account_id,
            self.member_id,
            self.kind,
            self.balance,
            LONG_AGO,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// A pay tier.
#[derive(Clone, Debug)]
pub struct TierRow {
    /// Tenant.
    pub site_id: i64,
    /// Tier.
    pub tier_id: i64,
    /// Hours that reach it.
    pub min_hours: Decimal,
    /// Per base hour; a bonus hour pays twice that.
    pub base_course_price: Decimal,
    /// Rows of one date are one set.
    pub effective_from: NaiveDate,
}

impl TierRow {
    /// In force since long ago.
    pub fn new(site_id: i64, tier_id: i64, min_hours: u32, base_course_price: u32) -> Self {
        Self {
            site_id,
            tier_id,
            min_hours: min_hours.into(),
            base_course_price: base_course_price.into(),
            effective_from: LONG_AGO.date_naive(),
        }
    }

    /// Writes it.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO cfg.performance_tier (site_id, tier_id, tier_name, min_hours, base_course_price,
                 bonus_course_price, effective_from)
             VALUES ($1, $2, 'T' || $2::bigint, $3, $4::numeric, $4::numeric * 2, $5)
             ON CONFLICT (site_id, tier_id) DO UPDATE SET min_hours = EXCLUDED.min_hours,
                 base_course_price = EXCLUDED.base_course_price, bonus_course_price = EXCLUDED.bonus_course_price,
                 effective_from = EXCLUDED.effective_from",
            self.site_id,
            self.tier_id,
            self.min_hours,
            self.base_course_price,
            self.effective_from,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}
