//! Coaches (`app.v_dim_assistant`).
use chrono::{DateTime, NaiveDate, Utc};
use domain::{RuntimeContext, tasks::generator::Employment};

use crate::{WarehouseError, WarehouseTx};

/// A coach as of the context's moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assistant {
    /// Id at the hall.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
    /// Such as `senior`.
    pub level_code: Option<String>,
    /// Such as 高级.
    pub level_name: Option<String>,
    /// Has left by then.
    pub resigned: bool,
}

impl Assistant {
    /// As the generator's rules take it.
    pub fn employment(&self) -> Employment {
        if self.resigned { Employment::Resigned } else { Employment::Employed }
    }
}

/// Every coach the hall ever had, by id.
pub async fn roster(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Vec<Assistant>, WarehouseError> {
    let coaches = sqlx::query_file_as!(Assistant, "queries/roster.sql", ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    Ok(coaches)
}

/// A coach as the coach page shows them, as of the context's moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssistantProfile {
    /// Id at the hall.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
    /// Picture.
    pub avatar_url: Option<String>,
    /// Such as `senior`.
    pub level_code: Option<String>,
    /// Such as 高级.
    pub level_name: Option<String>,
    /// Codes of skills; [`crate::skill::names`] knows what they are called.
    pub skill_codes: Vec<String>,
    /// When the coach joined.
    pub entry_time: Option<DateTime<Utc>>,
    /// Has left by then.
    pub resigned: bool,
}

impl AssistantProfile {
    /// Business date of joining.
    pub fn hire_date(&self, ctx: &RuntimeContext) -> Option<NaiveDate> {
        self.entry_time.map(|time| ctx.calendar.business_date(time))
    }

    /// Whole years since; `None` where nobody knows, 0 before the first is over.
    pub fn work_years(&self, ctx: &RuntimeContext) -> Option<u32> {
        self.hire_date(ctx).map(|hired| ctx.today().years_since(hired).unwrap_or(0))
    }
}

/// A coach of the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardAssistant {
    /// Id at the hall.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
    /// Such as `senior`.
    pub level_code: Option<String>,
    /// Such as 高级.
    pub level_name: Option<String>,
}

/// One coach, resigned ones too; `None`: the hall has no such coach.
pub async fn profile(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
) -> Result<Option<AssistantProfile>, WarehouseError> {
    let profile =
        sqlx::query_file_as!(AssistantProfile, "queries/assistant_profile.sql", assistant_id, ctx.moment())
            .fetch_optional(tx.connection())
            .await?;
    Ok(profile)
}

/// Coaches who are there, of one skill (its code) or all, by id.
pub async fn by_skill(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    skill_code: Option<&str>,
) -> Result<Vec<BoardAssistant>, WarehouseError> {
    let coaches =
        sqlx::query_file_as!(BoardAssistant, "queries/assistants_by_skill.sql", ctx.moment(), skill_code)
            .fetch_all(tx.connection())
            .await?;
    Ok(coaches)
}
