//! A whole hall's morning at once, for benches: coaches × members pairs with indices of every kind.
use chrono::NaiveDate;
use sqlx::PgPool;

/// `coaches` coaches (ids from 1 on) with `members_each` members of their own (ids from 1 on) in one snapshot, with
/// indices that depend on the member id alone and so are the same in every run.
#[derive(Clone, Copy, Debug)]
pub struct MorningBulk {
    /// Tenant.
    pub site_id: i64,
    /// S.
    pub stat_date: NaiveDate,
    /// Coaches.
    pub coaches: i64,
    /// Members per coach.
    pub members_each: i64,
}

impl MorningBulk {
    /// Writes hall, coaches, members and the three indices.
    pub async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
        let members = self.coaches * self.members_each;
        let mut tx = pool.begin().await?;
        sqlx::query!(
            "INSERT INTO dim.site (site_id, site_name) VALUES ($1, $1::bigint || '号店') ON CONFLICT DO NOTHING",
            self.site_id
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO dim.assistant (site_id, assistant_id, nickname, level_code, level_name, entry_time, scd2_start_time)
             SELECT $1, a, '助教' || a, 'senior', '高级', '2020-01-01+00', '2020-01-01+00'
             FROM generate_series(1::bigint, $2) AS a
             ON CONFLICT DO NOTHING",
            self.site_id,
            self.coaches,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO dim.member (site_id, member_id, nickname, mobile, register_time, scd2_start_time)
             SELECT $1, m, '会员' || m, '1990' || lpad(m::text, 7, '0'), '2020-01-01+00', '2020-01-01+00'
             FROM generate_series(1::bigint, $2) AS m
             ON CONFLICT DO NOTHING",
            self.site_id,
            members,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO dws.member_assistant_relation_index (site_id, stat_date, assistant_id, member_id, rs_score,
                 relation_index, service_count_60d, hours_60d)
             SELECT $1, $2, 1 + (m - 1) / $4, m, (m * 37 % 1001)::numeric / 100, (m * 37 % 1001)::numeric / 1000, 1, 2
             FROM generate_series(1::bigint, $3) AS m
             ON CONFLICT DO NOTHING",
            self.site_id,
            self.stat_date,
            members,
            self.members_each,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO dws.member_winback_index (site_id, stat_date, member_id, wbi_score, gap_days)
             SELECT $1, $2, m, (m * 61 % 1001)::numeric / 100, 7
             FROM generate_series(1::bigint, $3) AS m
             ON CONFLICT DO NOTHING",
            self.site_id,
            self.stat_date,
            members,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO dws.member_newconv_index (site_id, stat_date, member_id, nci_score)
             SELECT $1, $2, m, (m * 13 % 1001)::numeric / 100
             FROM generate_series(1::bigint, $3) AS m
             WHERE m % 20 = 0
             ON CONFLICT DO NOTHING",
            self.site_id,
            self.stat_date,
            members,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}
