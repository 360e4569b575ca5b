//! CUST-1.
use axum::extract::State;
use chrono::NaiveDate;
use domain::{Money, RuntimeContext, ai_cache::Insight, customers::days_since_visit, people::mask_phone};
use rust_decimal::Decimal;
use serde::Serialize;
use store::{
    SiteTx, StoreError,
    db::{
        clue::ClueRow,
        customer::{self, CoachTask},
        note::Note,
        task_detail,
    },
};
use utoipa::ToSchema;
use warehouse::{assistant, card, consumption, member_record, relation, rhythm, settlement};

use super::{
    Reach,
    coaches::{self, CustomerTask, FavoriteCoach, Stats},
    consumption::ConsumptionRecord,
    metric::Metric,
};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Customers, NoQuery, Params, PathId, Permitted},
    routes::{
        clues::ClueOut,
        degrade::{Parts, part},
        notes::NoteOut,
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/customers/{id}";
/// Newest consumptions shown.
const CONSUMPTIONS: i64 = 20;
/// Newest notes shown.
const NOTES: i64 = 20;
/// Clues shown; the list of their own has them all.
const CLUES: i64 = 50;

/// A customer, whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDetail {
    /// Customer.
    id: i64,
    /// Name.
    name: Option<String>,
    /// Phone, masked.
    phone: Option<String>,
    /// Such as 金卡会员.
    grade: Option<String>,
    /// On stored-value cards; null without such a card.
    #[schema(value_type = Option<f64>)]
    balance: Option<Money>,
    /// Spent in the snapshot's last 60 days; null when the customer is not in it.
    #[schema(value_type = Option<f64>)]
    consumption_60d: Option<Money>,
    /// Business days from the last visit to today.
    days_since_visit: Option<i64>,
    /// Median days between visits, at least 3; null for those who came less than twice in 180 days.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    ideal_interval: Option<Decimal>,
    /// What the AI last said of the customer.
    ai_insight: Option<AiInsight>,
    /// visitCount60d, avgSpend60d, totalConsume, totalVisits; empty when the part failed.
    metrics: Vec<Metric>,
    /// Of every coach the newest task for the customer; active ones first, then the newest.
    coach_tasks: Vec<CustomerTask>,
    /// Coaches close to the customer, closest first, at most 10.
    favorite_coaches: Vec<FavoriteCoach>,
    /// Newest 20, newest first.
    consumption_records: Vec<ConsumptionRecord>,
    /// What may bring the customer back, newest edit first, at most 50.
    retention_clues: Vec<ClueOut>,
    /// Newest 20, newest first.
    notes: Vec<NoteOut>,
    /// Snapshot of consumption60d, daysSinceVisit (which runs to today) and metrics.
    stat_date: Option<NaiveDate>,
    /// Snapshot of idealInterval.
    ideal_interval_stat_date: Option<NaiveDate>,
    /// Snapshot of favoriteCoaches.
    favorite_coaches_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: aiInsight, coachTasks, retentionClues, notes, balance, metrics (with
    /// it consumption60d and daysSinceVisit), idealInterval, consumptionRecords, favoriteCoaches, coachStats (metrics of
    /// tasks, stats of coaches), coachNames (names and levels in tasks).
    degraded: Vec<&'static str>,
}

/// What the AI says of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiInsight {
    /// In a few sentences.
    summary: Option<String>,
    /// What to do, most promising first.
    strategies: Vec<String>,
}

/// What the business database says, each part read or failed.
struct Written {
    insight: Result<Option<Insight>, StoreError>,
    tasks: Result<Vec<CoachTask>, StoreError>,
    clues: Result<Vec<ClueRow>, StoreError>,
    notes: Result<Vec<Note>, StoreError>,
}

/// A customer's page: who they are, how often and how much, their coaches, consumptions, notes and clues.
///
/// Round trips, whatever the number of rows: 10 to the business database (BEGIN, caller, a coach's task, timeout,
/// savepoint, insight, tasks, clues, notes, COMMIT), 14 to the warehouse (BEGIN, site, timeout, savepoint, the member and
/// seven parts with one read each and two for consumptions, ROLLBACK; 1 more where a coach has no task for the customer).
#[utoipa::path(
    get, path = "/api/xcx/customers/{id}", operation_id = "showCustomer", tag = "customers",
    responses((status = 200, body = Answer<CustomerDetail>, example = json!(super::example::customer())))
)]
pub async fn show(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<Customers>,
    id: PathId,
    _: Params<NoQuery>,
) -> Result<Answer<CustomerDetail>, ApiError> {
    let id = id.get()?;
    let (ctx, limit) = (tx.ctx, state.module_timeout);
    let reach = Reach::of(&mut tx, id).await?;
    let written = Written::read(&mut tx, id, limit).await;
    // Given back before the warehouse is asked.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, limit).await;
    let profile = reach.profile(&mut parts, &ctx, id).await?;
    let mut page = CustomerDetail {
        id,
        name: profile.name,
        phone: profile.mobile.as_deref().map(mask_phone),
        grade: profile.grade,
        ..CustomerDetail::empty()
    };
    let tasks = page.write(&mut parts, written);
    page.figures(&mut parts, &ctx, id).await;
    page.coaches(&mut parts, &ctx, id, tasks).await;
    page.degraded = parts.close().await;
    Ok(Answer::new(&ctx, page))
}

impl Written {
    async fn read(tx: &mut SiteTx, id: i64, limit: std::time::Duration) -> Self {
        Self {
            insight: customer::insight(tx, id, limit).await,
            tasks: customer::coach_tasks(tx, id, limit).await,
            clues: task_detail::clues(tx, id, CLUES, limit).await,
            notes: customer::notes(tx, id, NOTES, limit).await,
        }
    }
}

impl CustomerDetail {
    fn empty() -> Self {
        Self {
            id: 0,
            name: None,
            phone: None,
            grade: None,
            balance: None,
            consumption_60d: None,
            days_since_visit: None,
            ideal_interval: None,
            ai_insight: None,
            metrics: Vec::new(),
            coach_tasks: Vec::new(),
            favorite_coaches: Vec::new(),
            consumption_records: Vec::new(),
            retention_clues: Vec::new(),
            notes: Vec::new(),
            stat_date: None,
            ideal_interval_stat_date: None,
            favorite_coaches_stat_date: None,
            degraded: Vec::new(),
        }
    }

    /// Hands back the tasks, which lack their coaches still.
    fn write(&mut self, parts: &mut Parts, written: Written) -> Vec<CoachTask> {
        let Written { insight, tasks, clues, notes } = written;
        let insight = parts.taken("aiInsight", insight).flatten();
        self.ai_insight = insight.map(|Insight { summary, strategies }| AiInsight { summary, strategies });
        let tasks = parts.taken("coachTasks", tasks).unwrap_or_default();
        let clues = parts.taken("retentionClues", clues).unwrap_or_default();
        self.retention_clues = clues.into_iter().map(ClueOut::from).collect();
        let notes = parts.taken("notes", notes).unwrap_or_default();
        self.notes = notes.into_iter().map(NoteOut::from).collect();
        tasks
    }

    async fn figures(&mut self, parts: &mut Parts, ctx: &RuntimeContext, id: i64) {
        let balances = part!(parts, "balance", |tx| card::stored_balances(tx, ctx, &[id]));
        self.balance = balances.into_iter().flatten().next().map(|row| row.balance);
        if let Some(snapshot) = part!(parts, "metrics", |tx| consumption::summaries(tx, ctx, &[id])) {
            let summary = snapshot.rows.first();
            self.stat_date = snapshot.stat_date;
            self.consumption_60d = summary.map(|s| s.consumption_60d);
            self.days_since_visit =
                summary.and_then(|s| s.last_consume_date).map(|last| days_since_visit(ctx.today(), last));
            self.metrics = Metric::of_member(summary);
        } else {
            for figure in ["consumption60d", "daysSinceVisit"] {
                parts.skip::<()>(figure);
            }
        }
        if let Some(snapshot) = part!(parts, "idealInterval", |tx| rhythm::of_members(tx, ctx, &[id])) {
            self.ideal_interval_stat_date = snapshot.stat_date;
            self.ideal_interval = snapshot.rows.first().and_then(|row| row.gap_days);
        }
        let consumptions =
            part!(parts, "consumptionRecords", |tx| settlement::newest(tx, ctx, id, CONSUMPTIONS));
        self.consumption_records = consumptions.into_iter().flatten().map(ConsumptionRecord::from).collect();
    }

    async fn coaches(&mut self, parts: &mut Parts, ctx: &RuntimeContext, id: i64, tasks: Vec<CoachTask>) {
        let relations = part!(parts, "favoriteCoaches", |tx| relation::coaches_of(tx, ctx, &[id]));
        let stats: Stats = part!(parts, "coachStats", |tx| member_record::coach_stats_60d(tx, ctx, id))
            .map(|stats| stats.into_iter().map(|row| (row.assistant_id, row)).collect());
        let roster = part!(parts, "coachNames", |tx| assistant::roster(tx, ctx));
        self.coach_tasks = coaches::tasks(tasks, roster, &stats);
        if let Some(snapshot) = relations {
            self.favorite_coaches_stat_date = snapshot.stat_date;
            self.favorite_coaches = coaches::favorites(snapshot.rows, &stats);
        }
    }
}
