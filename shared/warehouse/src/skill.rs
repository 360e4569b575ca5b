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

/// What skills of these codes are called, inactive ones too, in their order of display; a code that nobody knows shows
/// itself.
pub async fn names(tx: &mut WarehouseTx, codes: &[String]) -> Result<Vec<String>, WarehouseError> {
    Ok(sqlx::query_file_scalar!("queries/skill_names.sql", codes).fetch_all(tx.connection()).await?)
}
