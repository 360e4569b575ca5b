//! Reads the metrics of [`domain::metrics`]: what each is, and the rows behind it. A metric that is added there has to be
//! read ([`value`]) and explained ([`rows`]) here before this compiles.
//!
//! The business database is asked first ([`Tasks`]), and its connection given back before the warehouse is asked.
mod tasks;

use domain::{
    RuntimeContext,
    metrics::{Criterion, Metric, Of, Reading, Row, Unit, Value, grade, mean, median, rate, score, stars},
};
use rust_decimal::Decimal;
pub(crate) use tasks::{Depth, Tasks};
use warehouse::{
    WarehouseError, WarehouseTx, assistant, member as members,
    metrics::{
        coach, member,
        site::{self, Loss},
    },
};

/// Whether the hall has, or had, the coach and the member asked about.
pub(crate) async fn is_known(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    of: Of,
) -> Result<bool, WarehouseError> {
    if let Some(coach) = of.assistant_id()
        && assistant::profile(tx, ctx, coach).await?.is_none()
    {
        return Ok(false);
    }
    match of.member_id() {
        Some(member) => Ok(members::profile(tx, ctx, member).await?.is_some()),
        None => Ok(true),
    }
}

/// A metric as of the context's date.
pub(crate) async fn value(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (metric, of): (Metric, Of),
    tasks: &Tasks,
) -> Result<Reading, WarehouseError> {
    let (coach, member) = (of.assistant_id().unwrap_or_default(), of.member_id().unwrap_or_default());
    match metric {
        Metric::LastVisitDays | Metric::Consumption60d | Metric::TotalConsume | Metric::TableOpenings => {
            let all = member::consumption(tx, ctx, member).await?;
            Ok(Reading::of(all.stat_date).with_some(metric.as_str(), all.value(metric.as_str()).cloned()))
        }
        Metric::StoredBalance => member::balance(tx, ctx, member).await,
        Metric::CumulativeGmv => site::gmv(tx, ctx).await,
        Metric::CustomersServed => coach::customers_served(tx, ctx, coach).await,
        Metric::CoachLevel => coach::level(tx, ctx, coach).await,
        Metric::MonthHours => coach::month_hours(tx, ctx, coach).await,
        Metric::MonthBilled => coach::month_billed(tx, ctx, coach).await,
        Metric::MonthNewLost => site::turned(tx, ctx, Loss::InMonth).await,
        Metric::CoachMonthPanel => coach::month_panel(tx, ctx, coach).await,
        Metric::RelationIndex => member::relation(tx, ctx, (coach, member)).await,
        Metric::Stickiness => member::stickiness(tx, ctx, member).await,
        Metric::TaskCompletionRate => Ok(completion(tasks, of)),
        Metric::Corrections => site::corrections(tx, ctx, of.assistant_id()).await,
        Metric::LifecycleNewLost => site::turned(tx, ctx, Loss::ByAge).await,
        Metric::SiteGrade => Ok(graded(site::trend(tx, ctx).await?, tasks)),
        Metric::CoachStars => {
            let standings = coach::standings(tx, ctx).await?;
            let criteria = criteria(&standings, tasks, coach).map(|(.., criterion)| criterion);
            Ok(Reading::of(standings.stat_date).with("stars", stars(&criteria)))
        }
        Metric::CumulativeKpi => {
            let kpi = site::cumulative(tx, ctx).await?;
            Ok(kpi.with("tasksDone", tasks.ever.tasks).with("recallsDone", tasks.ever.recalls))
        }
    }
}

/// The rows behind a metric; `reading` is what [`value`] read.
pub(crate) async fn rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (metric, of): (Metric, Of),
    tasks: &Tasks,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let (coach, member) = (of.assistant_id().unwrap_or_default(), of.member_id().unwrap_or_default());
    match metric {
        Metric::LastVisitDays => member::last_visit_rows(tx, ctx, member, reading).await,
        Metric::Consumption60d => {
            member::spending_rows(tx, ctx, member, reading, (metric.as_str(), Some(60))).await
        }
        Metric::TotalConsume => {
            member::spending_rows(tx, ctx, member, reading, (metric.as_str(), None)).await
        }
        Metric::TableOpenings => member::table_rows(tx, ctx, member, reading).await,
        Metric::StoredBalance => member::balance_rows(tx, ctx, member).await,
        Metric::CumulativeGmv => site::gmv_rows(tx, ctx).await,
        Metric::CustomersServed => coach::customers_served_rows(tx, ctx, coach, reading).await,
        Metric::CoachLevel => coach::level_rows(tx, ctx, coach, reading).await,
        Metric::MonthHours => coach::month_rows(tx, ctx, coach, &["hours", "baseHours", "bonusHours"]).await,
        Metric::MonthBilled => coach::month_rows(tx, ctx, coach, &["monthBilled"]).await,
        Metric::MonthNewLost => site::turned_rows(tx, ctx, Loss::InMonth, reading).await,
        Metric::CoachMonthPanel => Ok(coach::month_panel_rows(reading)),
        Metric::RelationIndex => member::relation_rows(tx, ctx, (coach, member)).await,
        Metric::Stickiness => member::stickiness_rows(tx, ctx, member).await,
        Metric::TaskCompletionRate => Ok(tasks.month_rows(ctx, of)),
        Metric::Corrections => site::correction_rows(tx, ctx, of.assistant_id()).await,
        Metric::LifecycleNewLost => site::turned_rows(tx, ctx, Loss::ByAge, reading).await,
        Metric::SiteGrade => {
            let mut rows = grade_rows(reading);
            rows.extend(site::trend_rows(tx, ctx, reading).await?);
            rows.extend(tasks.trend_rows(ctx));
            Ok(rows)
        }
        Metric::CoachStars => Ok(star_rows(&coach::standings(tx, ctx).await?, tasks, coach)),
        Metric::CumulativeKpi => {
            let mut rows = site::cumulative_rows(tx, ctx).await?;
            rows.extend(tasks.ever_rows());
            Ok(rows)
        }
    }
}

fn completion(tasks: &Tasks, of: Of) -> Reading {
    let (created, completed) = tasks.month_of(of.assistant_id());
    let reading = Reading::default().with("created", created).with("completed", completed);
    reading.with_some("rate", rate(completed, created))
}

/// Score, what it is of, what that was before, and what it is in words.
const SCORES: [(&str, &str, &str, &str); 4] = [
    ("incomeScore", "income", "incomeBefore", "确认收入"),
    ("visitsScore", "visits", "visitsBefore", "到店"),
    ("newMembersScore", "newMembers", "newMembersBefore", "新会员"),
    ("completionScore", "completion", "completionBefore", "任务完成率"),
];

fn graded(trend: Reading, tasks: &Tasks) -> Reading {
    let [now, before] = tasks.trend_rates();
    let mut reading = trend.with_some("completion", now).with_some("completionBefore", before);
    let scores = SCORES.map(|(_, now, before, _)| score(reading.number(now), reading.number(before)));
    for ((name, ..), score) in SCORES.into_iter().zip(scores) {
        reading = reading.with(name, score);
    }
    let mean = mean(&scores).unwrap_or_default();
    reading.with("score", mean).with("grade", grade(mean))
}

/// The grade by its scores, and each score by what changed.
fn grade_rows(reading: &Reading) -> Vec<Row> {
    const SOURCE: &str = "siteGrade";
    let fifty = Decimal::from(50);
    let said = |figure: &str| reading.number(figure).map_or_else(|| "无".to_owned(), |n| n.to_string());
    let scores = SCORES.map(|(name, now, before, label)| {
        // Again from what is shown, not from the score that is shown.
        (
            name,
            score(reading.number(now), reading.number(before)),
            format!("{label} {} → {}", said(before), said(now)),
        )
    });
    let mean = mean(&scores.each_ref().map(|(_, score, _)| *score)).unwrap_or_default();
    let mut rows =
        vec![Row::new("grade", SOURCE, "score", None, grade(mean)).saying(format!("平均 {mean} 分"))];
    for (name, score, words) in scores {
        rows.push(Row::new("score", SOURCE, name, None, score / Decimal::from(4)).saying(&words));
        rows.push(Row::new(name, SOURCE, "base", None, fifty).saying("不变为 50 分"));
        rows.push(Row::new(name, SOURCE, "change", None, score - fifty).saying(words));
    }
    rows
}

/// What a coach is compared by: (key, words, criterion).
fn criteria(
    standings: &coach::Standings,
    tasks: &Tasks,
    coach: i64,
) -> [(&'static str, &'static str, Criterion); 4] {
    let among = |all: &[(i64, Decimal)]| Criterion {
        mine: all.iter().find(|(id, _)| *id == coach).map(|(_, figure)| *figure),
        median: median(all.iter().map(|(_, figure)| *figure).collect()),
    };
    [
        ("monthHours", "本月课时", among(&standings.hours)),
        ("income", "本月收入", among(&standings.income)),
        ("completionRate", "任务完成率", among(&tasks.month_rates())),
        ("meanRs", "平均 RS", among(&standings.relations)),
    ]
}

fn star_rows(standings: &coach::Standings, tasks: &Tasks, coach: i64) -> Vec<Row> {
    const SOURCE: &str = "coachStars";
    // All four are of two places; a median may lie between two of them.
    let said =
        |figure: Option<Decimal>| figure.map_or_else(|| "无".to_owned(), |n| Unit::Yuan.part(n).to_string());
    let mut rows = vec![Row::new("stars", SOURCE, "base", None, 1i64).saying("基础 1 星")];
    for (key, label, criterion) in criteria(standings, tasks, coach) {
        let words = format!("{label} {}，中位数 {}", said(criterion.mine), said(criterion.median));
        let part: Value = i64::from(criterion.is_met()).into();
        rows.push(Row::new("stars", SOURCE, key, None, part).saying(words));
    }
    rows
}
