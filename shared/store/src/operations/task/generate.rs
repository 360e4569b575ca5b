//! A site's morning: load what stands → decide → save, in one transaction.
use std::collections::HashMap;

use chrono::NaiveDate;
use domain::{
    RuntimeContext, SiteId,
    tasks::{
        Rule,
        generator::{ActiveTask, BoundCoach, Employment, Pair, Standing, plan},
    },
};
use serde::Serialize;
use sqlx::PgConnection;

use crate::{
    StoreError, SystemTx,
    db::{binding, morning, rule, task_change},
};

/// What the warehouse says of the site.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The snapshot all indices are of.
    pub stat_date: NaiveDate,
    /// Every pair of the relation snapshot.
    pub pairs: &'a [Pair],
    /// Coaches on the staff list; whoever is missing is [`Employment::Unlisted`].
    pub staff: &'a HashMap<i64, Employment>,
}

/// What a morning did: the run's record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generated {
    /// The snapshot used.
    pub stat_date: Option<NaiveDate>,
    /// Pairs in it.
    pub pairs: u64,
    /// Tasks made.
    pub created: u64,
    /// Of those, made in place of another type.
    pub type_changed: u64,
    /// Tasks closed for them.
    pub closed: u64,
    /// Follow-ups whose 48 hours began to count.
    pub held: u64,
    /// Pairs whose right task was there already.
    pub kept: u64,
    /// Of those, tasks whose score or reason moved.
    pub rescored: u64,
    /// Pairs for which no rule matches.
    pub unmatched: u64,
    /// Pairs left out by the cool-down.
    pub cooling_down: u64,
    /// Pairs left out because the member is already back.
    pub already_back: u64,
    /// Tasks of coaches who left.
    pub coach_left: u64,
    /// Coaches of the snapshot bound to nobody.
    pub unbound_coaches: Vec<i64>,
    /// Coaches whose data no rule can use.
    pub bad_coaches: Vec<BadCoachRecord>,
}

/// A coach named in the run's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BadCoachRecord {
    /// The coach.
    pub assistant_id: i64,
    /// Pairs left out.
    pub pairs: u64,
    /// Why.
    pub why: String,
}

/// What stands at the context's site before a morning under `rule`, beside its active tasks.
pub(crate) async fn standing(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    rule: &Rule,
    input: &Input<'_>,
    active: Vec<ActiveTask>,
) -> Result<Standing, StoreError> {
    Ok(Standing {
        coaches: bound_coaches(connection, ctx.site_id, input.staff).await?,
        active,
        cooling: morning::cooling(connection, ctx, rule.abandon_cooldown_days).await?,
        already_back: morning::already_back(connection, ctx, input.stat_date).await?,
    })
}

/// The site's active tasks, with the morning's lock: no other generator changes them until the transaction ends.
pub async fn lock(tx: &mut SystemTx) -> Result<Vec<ActiveTask>, StoreError> {
    let site = tx.ctx.site_id;
    morning::lock(tx.connection(), site).await?;
    morning::active_tasks(tx.connection(), site).await
}

/// Generates the site's tasks; `active` are those that [`lock`] found and that are still open. Running it again, or
/// twice at once, changes nothing more.
pub async fn generate(
    tx: &mut SystemTx,
    input: &Input<'_>,
    active: Vec<ActiveTask>,
) -> Result<Generated, StoreError> {
    let ctx = tx.ctx;
    let rule = rule::in_force(tx.connection(), &ctx).await?;
    let standing = standing(tx.connection(), &ctx, &rule, input, active).await?;
    let plan = plan(input.stat_date, &rule, input.pairs, standing);
    let coach_left = task_change::leave(tx.connection(), &ctx, &plan.leavers).await?;
    let held: Vec<_> =
        plan.creates.iter().filter_map(|c| c.holds).filter_map(|(id, until)| Some((id, until?))).collect();
    let held = task_change::hold(tx.connection(), &ctx, &held).await?;
    let replaced = task_change::replace(tx.connection(), &ctx, &plan.creates).await?;
    let rescored = task_change::rescore(tx.connection(), &ctx, &plan.rescores).await?;
    Ok(Generated {
        stat_date: Some(input.stat_date),
        pairs: input.pairs.len() as u64,
        created: replaced.created,
        type_changed: replaced.type_changed,
        closed: replaced.closed,
        held,
        kept: plan.kept,
        rescored,
        unmatched: plan.unmatched,
        cooling_down: plan.cooling_down,
        already_back: plan.already_back,
        coach_left,
        unbound_coaches: plan.unbound.into_iter().collect(),
        bad_coaches: plan
            .bad
            .into_iter()
            .map(|(assistant_id, bad)| BadCoachRecord {
                assistant_id,
                pairs: bad.pairs,
                why: bad.why.to_owned(),
            })
            .collect(),
    })
}

/// The snapshot that the site's newest successful morning used; `None` if it has had none that is still on record.
pub async fn last_stat_date(tx: &mut SystemTx) -> Result<Option<NaiveDate>, StoreError> {
    let site = tx.ctx.site_id;
    morning::last_stat_date(tx.connection(), site).await
}

async fn bound_coaches(
    connection: &mut PgConnection,
    site: SiteId,
    staff: &HashMap<i64, Employment>,
) -> Result<Vec<BoundCoach>, StoreError> {
    let bound = binding::of_site(connection, site).await?;
    Ok(bound
        .into_iter()
        .map(|b| BoundCoach {
            assistant_id: b.assistant_id,
            approved: b.approved,
            employment: staff.get(&b.assistant_id).copied().unwrap_or(Employment::Unlisted),
        })
        .collect())
}
