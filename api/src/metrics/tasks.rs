//! What metrics 15 and 18–20 ask of the business database.
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    Calendar, RuntimeContext,
    metrics::{Metric, Of, Row, rate, shares},
};
use rust_decimal::Decimal;
use store::{
    SiteTx, StoreError,
    db::task_metric::{self, Counted, Ever, Made},
};
use warehouse::metrics::site;

const TASKS: &str = "biz.coach_tasks";

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The figure.
    Value,
    /// And the rows behind it.
    Rows,
}

/// Tasks as they stood at the end of the context's date; empty where a metric does not ask for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    /// Of the month's tasks, coach by coach.
    month: Vec<Counted>,
    /// The month's tasks, one by one.
    of_month: Vec<Made>,
    /// Of the last 28 days and of the 28 before.
    trend: [Vec<Counted>; 2],
    /// One by one.
    of_trend: [Vec<Made>; 2],
    /// Since the hall opened.
    pub(super) ever: Ever,
    /// Coach by coach.
    ever_by_coach: Vec<(i64, Ever)>,
}

/// A span of tasks made, and when they are looked at.
fn span(
    ctx: &RuntimeContext,
    (first, last): (NaiveDate, NaiveDate),
) -> (Range<DateTime<Utc>>, DateTime<Utc>) {
    let span = ctx.calendar.range(first, last);
    let until = if last == ctx.today() { ctx.horizon() } else { span.end };
    (span, until)
}

impl Tasks {
    /// What a metric needs; at most four round trips.
    pub(crate) async fn read(
        tx: &mut SiteTx,
        ctx: &RuntimeContext,
        (metric, of): (Metric, Of),
        depth: Depth,
    ) -> Result<Self, StoreError> {
        let mut tasks = Self::default();
        let today = ctx.today();
        match metric {
            Metric::TaskCompletionRate | Metric::CoachStars => {
                let (span, until) = span(ctx, (Calendar::month_of(today), today));
                tasks.month = task_metric::counted(tx, span.clone(), until).await?;
                if depth == Depth::Rows && metric == Metric::TaskCompletionRate {
                    tasks.of_month = task_metric::made(tx, span, until, of.assistant_id()).await?;
                }
            }
            Metric::SiteGrade => {
                for (at, days) in site::spans(today).into_iter().enumerate() {
                    let (span, until) = span(ctx, days);
                    tasks.trend[at] = task_metric::counted(tx, span.clone(), until).await?;
                    if depth == Depth::Rows {
                        tasks.of_trend[at] = task_metric::made(tx, span, until, None).await?;
                    }
                }
            }
            Metric::CumulativeKpi => {
                tasks.ever = task_metric::ever(tx, ctx.horizon()).await?;
                if depth == Depth::Rows {
                    tasks.ever_by_coach = task_metric::ever_by_coach(tx, ctx.horizon()).await?;
                }
            }
            Metric::LastVisitDays
            | Metric::Consumption60d
            | Metric::TotalConsume
            | Metric::TableOpenings
            | Metric::StoredBalance
            | Metric::CumulativeGmv
            | Metric::CustomersServed
            | Metric::CoachLevel
            | Metric::MonthHours
            | Metric::MonthBilled
            | Metric::MonthNewLost
            | Metric::CoachMonthPanel
            | Metric::RelationIndex
            | Metric::Stickiness
            | Metric::Corrections
            | Metric::LifecycleNewLost => {}
        }
        Ok(tasks)
    }

    /// (made, completed) this month, of a coach or of the hall.
    pub(super) fn month_of(&self, coach: Option<i64>) -> (i64, i64) {
        sum(self.month.iter().filter(|row| coach.is_none_or(|coach| row.assistant_id == coach)))
    }

    /// Rate of every coach who has a task this month.
    pub(super) fn month_rates(&self) -> Vec<(i64, Decimal)> {
        let rates = self.month.iter();
        rates.filter_map(|row| Some((row.assistant_id, rate(row.completed, row.created)?))).collect()
    }

    /// Rates of the last 28 days and of the 28 before.
    pub(super) fn trend_rates(&self) -> [Option<Decimal>; 2] {
        self.trend.each_ref().map(|rows| {
            let (created, completed) = sum(rows.iter());
            rate(completed, created)
        })
    }

    /// Behind metric 15.
    pub(super) fn month_rows(&self, ctx: &RuntimeContext, of: Of) -> Vec<Row> {
        let own = |row: &&Made| of.assistant_id().is_none_or(|coach| row.assistant_id == coach);
        let tasks: Vec<&Made> = self.of_month.iter().filter(own).collect();
        let row = |figure, task: &Made| {
            let date = ctx.calendar.business_date(task.created_at);
            Row::new(figure, TASKS, task.id, Some(date), 1i64).saying(format!("助教 {}", task.assistant_id))
        };
        let mut rows: Vec<Row> = tasks.iter().map(|task| row("created", task)).collect();
        rows.extend(tasks.iter().filter(|task| task.completed).map(|task| row("completed", task)));
        rows.extend(rate_rows(ctx, "rate", &tasks));
        rows
    }

    /// Behind the two rates of metric 18.
    pub(super) fn trend_rows(&self, ctx: &RuntimeContext) -> Vec<Row> {
        let [now, before] = self.of_trend.each_ref().map(|tasks| tasks.iter().collect::<Vec<_>>());
        let mut rows = rate_rows(ctx, "completion", &now);
        rows.extend(rate_rows(ctx, "completionBefore", &before));
        rows
    }

    /// Behind metric 20.
    pub(super) fn ever_rows(&self) -> Vec<Row> {
        let row = |figure, coach: i64, count: i64| {
            (count > 0).then(|| Row::new(figure, TASKS, coach, None, count).saying(format!("助教 {coach}")))
        };
        let both = |(coach, ever): &(i64, Ever)| {
            [row("tasksDone", *coach, ever.tasks), row("recallsDone", *coach, ever.recalls)]
        };
        self.ever_by_coach.iter().flat_map(both).flatten().collect()
    }
}

fn sum<'a>(rows: impl Iterator<Item = &'a Counted>) -> (i64, i64) {
    rows.fold((0, 0), |(created, completed), row| (created + row.created, completed + row.completed))
}

/// Every completed task's part of the rate; none of them, and the rate is a row of its own.
fn rate_rows(ctx: &RuntimeContext, figure: &'static str, tasks: &[&Made]) -> Vec<Row> {
    let done: Vec<&Made> = tasks.iter().filter(|task| task.completed).copied().collect();
    let count = |tasks: usize| i64::try_from(tasks).unwrap_or(i64::MAX);
    let rate = rate(count(done.len()), count(tasks.len())).unwrap_or_default();
    let parts = shares(rate, &vec![1.0; done.len()]);
    let rows = done.into_iter().zip(parts);
    rows.map(|(task, part)| {
        let date = ctx.calendar.business_date(task.created_at);
        Row::new(figure, TASKS, task.id, Some(date), part).saying(format!("助教 {}", task.assistant_id))
    })
    .collect()
}
