//! What the next generation would do under other rules, coach by coach, without writing.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{
    RuntimeContext,
    tasks::{
        Rule,
        generator::{ActiveTask, Plan, Standing, plan},
        rule_edit::Edited,
    },
};
use sqlx::PgConnection;

use super::{Rules, show};
use crate::{
    StoreError,
    db::morning,
    operations::task::{
        complete_recalls::CompletedBy,
        generate::{self, Input},
    },
};

/// The plan of one coach, and the recalls that would be credited first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachPlan {
    /// Coach.
    pub assistant_id: i64,
    /// Recalls that are completed before anything is decided.
    pub recalls_completed: u64,
    /// What is decided.
    pub plan: Plan,
}

/// Decides the site's morning as the generator would right now, if these rules were in force; `back` are the recalls that
/// services in the warehouse have answered, which the generator completes first. By coach id; those whom nothing
/// concerns are left out.
pub async fn preview(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    edited: &Edited,
    input: &Input<'_>,
    back: &[CompletedBy],
) -> Result<Vec<CoachPlan>, StoreError> {
    let rule = as_if_saved(connection, ctx, edited).await?;
    let active = morning::active_tasks(connection, ctx.site_id).await?;
    let mut standing = generate::standing(connection, ctx, &rule, input, active).await?;
    let completed = credit(&mut standing, ctx, input, back);
    Ok(by_coach(&rule, input, standing, &completed))
}

/// The rule in force where the edit changes nothing, else the version that it would become: reasons name it.
async fn as_if_saved(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    edited: &Edited,
) -> Result<Rule, StoreError> {
    let Rules { in_force, newest_version, .. } = show(connection, ctx).await?;
    let Edited { thresholds, abandon_cooldown_days } = *edited;
    let unchanged = in_force.rule.thresholds == thresholds
        && in_force.rule.abandon_cooldown_days == abandon_cooldown_days;
    let version = if unchanged { in_force.rule.version } else { newest_version.saturating_add(1) };
    Ok(Rule { thresholds, abandon_cooldown_days, version })
}

/// Takes the recalls that are answered out of what stands; how many per coach.
fn credit(
    standing: &mut Standing,
    ctx: &RuntimeContext,
    input: &Input<'_>,
    back: &[CompletedBy],
) -> BTreeMap<i64, u64> {
    let services: HashMap<i64, _> = back.iter().map(|b| (b.task_id, b.service_time)).collect();
    let snapshot_ends = ctx.calendar.range(input.stat_date, input.stat_date).end;
    let mut completed = BTreeMap::new();
    let already_back = &mut standing.already_back;
    standing.active.retain(|task| {
        let Some(service_time) = services.get(&task.id) else { return true };
        *completed.entry(task.assistant_id).or_default() += 1;
        if *service_time >= snapshot_ends {
            already_back.insert((task.assistant_id, task.member_id));
        }
        false
    });
    completed
}

/// A coach's pairs and tasks decide nothing about another's: the parts add up to the whole.
fn by_coach(
    rule: &Rule,
    input: &Input<'_>,
    standing: Standing,
    completed: &BTreeMap<i64, u64>,
) -> Vec<CoachPlan> {
    let mut pairs: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for pair in input.pairs {
        pairs.entry(pair.assistant_id).or_default().push(*pair);
    }
    let mut active: BTreeMap<i64, Vec<ActiveTask>> = BTreeMap::new();
    for task in standing.active {
        active.entry(task.assistant_id).or_default().push(task);
    }
    let mut cooling: HashMap<i64, HashSet<_>> = HashMap::new();
    for (key, task_type) in standing.cooling {
        cooling.entry(key.0).or_default().insert((key, task_type));
    }
    let mut already_back: HashMap<i64, HashSet<_>> = HashMap::new();
    for key in standing.already_back {
        already_back.entry(key.0).or_default().insert(key);
    }
    let concerned: BTreeSet<i64> = pairs
        .keys()
        .chain(active.keys())
        .chain(completed.keys())
        .chain(standing.coaches.iter().map(|coach| &coach.assistant_id))
        .copied()
        .collect();
    concerned
        .into_iter()
        .map(|assistant_id| {
            let own = Standing {
                coaches: standing
                    .coaches
                    .iter()
                    .filter(|c| c.assistant_id == assistant_id)
                    .copied()
                    .collect(),
                active: active.remove(&assistant_id).unwrap_or_default(),
                cooling: cooling.remove(&assistant_id).unwrap_or_default(),
                already_back: already_back.remove(&assistant_id).unwrap_or_default(),
            };
            let pairs = pairs.remove(&assistant_id).unwrap_or_default();
            CoachPlan {
                assistant_id,
                recalls_completed: completed.get(&assistant_id).copied().unwrap_or_default(),
                plan: plan(input.stat_date, rule, &pairs, own),
            }
        })
        .collect()
}
