//! `biz.task_rules`: never overwritten, newest version in force wins, a site's own before the default.
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    Index, RuntimeContext, SiteId,
    tasks::{Rule, Thresholds, rule_edit::Edited},
};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::StoreError;

/// A version of a site's rules, or of the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The rules.
    pub rule: Rule,
    /// Whether it is the default of all sites.
    pub is_default: bool,
    /// First business date on which it counts.
    pub effective_from: NaiveDate,
    /// Nickname of who wrote it.
    pub author_name: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The rules in force at the context's site and business date. What is shipped has always been there.
pub async fn in_force(connection: &mut PgConnection, ctx: &RuntimeContext) -> Result<Rule, StoreError> {
    let row = sqlx::query!(
        "SELECT high_threshold, priority_threshold, relationship_threshold, abandon_cooldown_days, version
         FROM biz.task_rules
         WHERE (site_id = $1 OR site_id IS NULL) AND effective_from <= $2
           AND (created_at < $3 OR created_by IS NULL)
         ORDER BY site_id IS NULL, version DESC
         LIMIT 1",
        ctx.site_id.0,
        ctx.today(),
        ctx.horizon()
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::NotFound("task rule in force"))?;
    rule(
        ctx.site_id,
        [row.high_threshold, row.priority_threshold, row.relationship_threshold],
        row.abandon_cooldown_days,
        row.version,
    )
}

/// The newest 50 versions of a site, then those of the default; each newest first.
pub async fn versions(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
) -> Result<Vec<Version>, StoreError> {
    let site = ctx.site_id;
    let rows = sqlx::query!(
        r#"SELECT r.site_id IS NULL AS "is_default!", r.high_threshold, r.priority_threshold,
                  r.relationship_threshold, r.abandon_cooldown_days, r.version, r.effective_from, r.created_at,
                  u.nickname
           FROM biz.task_rules r
           LEFT JOIN auth.users u ON u.id = r.created_by
           WHERE (r.site_id = $1 OR r.site_id IS NULL) AND (r.created_at < $2 OR r.created_by IS NULL)
           ORDER BY r.site_id IS NULL, r.version DESC
           LIMIT 50"#,
        site.0,
        ctx.horizon()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let thresholds = [row.high_threshold, row.priority_threshold, row.relationship_threshold];
            Ok(Version {
                rule: rule(site, thresholds, row.abandon_cooldown_days, row.version)?,
                is_default: row.is_default,
                effective_from: row.effective_from,
                author_name: row.nickname,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// Writes the site's version after `based_on` (0 = it had none of its own). A conflict if that one is there already.
pub async fn insert(
    connection: &mut PgConnection,
    site: SiteId,
    author: i64,
    based_on: i32,
    edited: &Edited,
    effective_from: NaiveDate,
) -> Result<i32, StoreError> {
    let thresholds = &edited.thresholds;
    let version = based_on.checked_add(1).ok_or(StoreError::Conflict("no version can follow".into()))?;
    sqlx::query!(
        "INSERT INTO biz.task_rules (site_id, high_threshold, priority_threshold, relationship_threshold,
                                     abandon_cooldown_days, version, effective_from, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        site.0,
        thresholds.high.get(),
        thresholds.priority.get(),
        thresholds.relationship.get(),
        i32::try_from(edited.abandon_cooldown_days).unwrap_or(i32::MAX),
        version,
        effective_from,
        author
    )
    .execute(connection)
    .await
    .map_err(|error| {
        StoreError::on_constraint(error, "task_rules_version", || {
            StoreError::Conflict("the rules have been edited since".into())
        })
    })?;
    Ok(version)
}

fn rule(
    site: SiteId,
    [high, priority, relationship]: [Decimal; 3],
    days: i32,
    version: i32,
) -> Result<Rule, StoreError> {
    let index = |value: Decimal| {
        Index::new(value).map_err(|e| StoreError::unreadable(format!("biz.task_rules of site {site}"), e))
    };
    Ok(Rule {
        thresholds: Thresholds {
            high: index(high)?,
            priority: index(priority)?,
            relationship: index(relationship)?,
        },
        abandon_cooldown_days: u32::try_from(days).unwrap_or_default(),
        version,
    })
}
