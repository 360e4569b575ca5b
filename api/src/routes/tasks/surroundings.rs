//! What the other modules say about one task.
use chrono::NaiveDate;
use domain::RuntimeContext;
use store::{SiteTx, db::task_list::ListedTask, site_tx::Caller};
use warehouse::{card, consumption, member, relation, relation::Pair};

use super::item::Context;
use crate::{
    error::Kind,
    extract::SiteWarehouse,
    routes::degrade::{Parts, part},
    state::AppState,
};

/// Read before a task is changed, so that its row is locked as briefly as can be: none of this depends on the change.
pub(super) struct Surroundings {
    pub(super) context: Context,
    /// Snapshot of the relation score and heart.
    pub(super) stat_date: Option<NaiveDate>,
    /// Snapshot of the last visit.
    pub(super) last_visit_stat_date: Option<NaiveDate>,
    pub(super) degraded: Vec<&'static str>,
}

impl Surroundings {
    /// Round trips: 4 to the business database for the suggestion, 8 to the warehouse.
    pub(super) async fn read(
        state: &AppState,
        tx: &mut SiteTx,
        warehouse: &SiteWarehouse,
        route: &'static str,
        task: &ListedTask,
    ) -> Self {
        let suggestions =
            store::db::task_list::suggestions(tx, &[task.member_id], state.module_timeout).await;
        let mut parts = Parts::open(warehouse, route, state.module_timeout).await;
        let suggestions = parts.taken("aiSuggestion", suggestions);
        let mut found = Self::facts(&mut parts, &tx.ctx, task).await;
        found.context.suggestions = suggestions.into_iter().flatten().collect();
        found.degraded = parts.close().await;
        found
    }

    /// The warehouse's part, in the page's own transaction there.
    pub(super) async fn facts(parts: &mut Parts, ctx: &RuntimeContext, task: &ListedTask) -> Self {
        let members = [task.member_id];
        let pairs = [Pair { assistant_id: task.assistant_id, member_id: task.member_id }];
        let names = part!(parts, "memberName", |tx| member::names(tx, ctx, &members));
        let relations = part!(parts, "rsScore", |tx| relation::scores(tx, ctx, &pairs));
        let visits = part!(parts, "lastVisitDays", |tx| consumption::last_visits(tx, ctx, &members));
        let balances = part!(parts, "balance", |tx| card::stored_balances(tx, ctx, &members));
        let stat_date = relations.as_ref().and_then(|snapshot| snapshot.stat_date);
        let last_visit_stat_date = visits.as_ref().and_then(|snapshot| snapshot.stat_date);
        let context = Context {
            names: names.into_iter().flatten().map(|name| (name.member_id, name)).collect(),
            last_visits: visits
                .into_iter()
                .flat_map(|snapshot| snapshot.rows)
                .filter_map(|visit| Some((visit.member_id, visit.last_consume_date?)))
                .collect(),
            balances: balances.into_iter().flatten().map(|b| (b.member_id, b.balance)).collect(),
            relations: relations
                .into_iter()
                .flat_map(|snapshot| snapshot.rows)
                .filter_map(|score| Some(((score.assistant_id, score.member_id), score.rs?)))
                .collect(),
            suggestions: Default::default(),
        };
        Self { context, stat_date, last_visit_stat_date, degraded: Vec::new() }
    }
}

/// Whether a task is the caller's to see and to act on: their own, or any for holders of `tasks.site`.
pub(super) fn is_theirs(caller: &Caller, task: &ListedTask) -> Result<(), Kind> {
    if caller.may("tasks.site") || caller.assistant_id == Some(task.assistant_id) {
        Ok(())
    } else {
        Err(Kind::NotYours)
    }
}
