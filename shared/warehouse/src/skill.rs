//! Skills (`app.v_cfg_skill_type`).
use crate::{WarehouseError, WarehouseTx};

/// What a coach can teach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillType {
    /// Such as `snooker`.
    pub code: String,
    /// Such as 斯诺克.
    pub name: String,
    /// Ascending.
    pub sort_order: i64,
}

/// The active ones, in their order. Configuration: the same whatever the moment.
pub async fn types(tx: &mut WarehouseTx) -> Result<Vec<SkillType>, WarehouseError> {
    let types = sqlx::query_file_as!(SkillType, "queries/skill_types.sql").fetch_all(tx.connection()).await?;
    Ok(types)
}
