//! COACH-1.
use std::collections::HashMap;

use axum::extract::State;
use chrono::NaiveDate;
use domain::{Calendar, Hours, coaching, labels::level_color};
use serde::Serialize;
use store::{SiteTx, db::coach_page, site_tx::Caller};
use utoipa::ToSchema;
use warehouse::{assistant, card, coach_record, member, relation, salary, skill, tier};

use super::{
    history::{CoachMonth, history},
    money::{CoachFigures, CoachIncome},
    record::CoachServiceRecord,
    task::{AbandonedTaskItem, CoachTaskItem, TaskCounts, TaskLists, listed},
    top_customer::CoachTopCustomer,
};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{NoQuery, OwnOrSiteCoaches, Params, PathId, SiteWarehouse, Together, Told},
    routes::{
        degrade::{Parts, core, part},
        notes::NoteOut,
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/coaches/{id}";
/// Closest members, newest services and newest notes shown.
const SHOWN: i64 = 20;

/// A coach, whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachDetail {
    /// Coach.
    id: i64,
    /// Nickname, else real name.
    name: Option<String>,
    /// Picture.
    avatar: Option<String>,
    /// Level now, such as 高级.
    level: Option<String>,
    /// Level now, such as senior.
    level_code: Option<String>,
    /// Colour token of the level.
    level_color: &'static str,
    /// Such as 斯诺克, in their order of display.
    skills: Vec<String>,
    /// Whole years since joining.
    work_years: Option<u32>,
    /// Business date of joining.
    hire_date: Option<NaiveDate>,
    /// Has left.
    resigned: bool,
    /// Where the coach stands.
    performance: CoachFigures,
    /// What this month and the last brought.
    income: CoachIncome,
    /// Hours at which each tier begins, ascending.
    #[schema(value_type = Vec<f64>)]
    tier_nodes: Vec<Hours>,
    /// Closest members by relation index, at most 20, then by id.
    top_customers: Vec<CoachTopCustomer>,
    /// Newest 20 services, newest first.
    service_records: Vec<CoachServiceRecord>,
    /// Active tasks in list order, at most 500.
    visible_tasks: Vec<CoachTaskItem>,
    /// Inactive ones, newest first, at most 50.
    hidden_tasks: Vec<CoachTaskItem>,
    /// Abandoned ones, newest first, at most 50.
    abandoned_tasks: Vec<AbandonedTaskItem>,
    /// How many there are of each; null where they could not be read.
    task_counts: Option<TaskCounts>,
    /// Written about the coach, newest first, at most 20.
    notes: Vec<NoteOut>,
    /// Six months up to the current one, newest first.
    history_months: Vec<CoachMonth>,
    /// What hours, salary and this month's income run to; null before the month's first pay row.
    stat_date: Option<NaiveDate>,
    /// Snapshot of the pairs behind topCustomers and customerBalance.
    relation_stat_date: Option<NaiveDate>,
    /// Snapshot of what topCustomers consumed.
    consume_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: skills, tasks (the three lists), taskNotes, tasksCompleted, notes,
    /// performance (hours and salary), income, tierNodes (and perfTarget), customerBalance, topCustomers,
    /// serviceRecords, customerName (of tasks), historyMonths.
    degraded: Vec<&'static str>,
}

/// A coach with pay, closest members, services, tasks, notes and the last six months; for coaches their own page alone.
///
/// Round trips, whatever the number of rows: 9 to the business database (BEGIN, caller, timeout, savepoint, tasks,
/// their notes, tasks completed, notes, COMMIT), 14 to the warehouse (BEGIN, site, timeout, savepoint, the coach and 8
/// parts, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/coaches/{id}", operation_id = "showCoach", tag = "coaches",
    params(("id" = i64, Path, description = "Coach.", minimum = 1, maximum = 9007199254740991i64)),
    responses((status = 200, body = Answer<CoachDetail>, example = json!({
        "code": 0,
        "data": {
            "id": 1011, "name": "小雨", "avatar": null, "level": "高级", "levelCode": "senior", "levelColor": "orange",
            "skills": ["中式八球", "斯诺克"], "workYears": 2, "hireDate": "2024-05-06", "resigned": false,
            "performance": {
                "monthlyHours": 101.5, "monthlySalary": 9628.25, "customerBalance": 38210.5, "tasksCompleted": 14,
                "perfCurrent": 101.5, "perfTarget": 130.0
            },
            "income": {
                "thisMonth": [
                    { "label": "基础课时费", "amount": 7650.0 }, { "label": "激励课时费", "amount": 1330.0 },
                    { "label": "充值提成", "amount": 300.0 }, { "label": "酒水提成", "amount": 85.5 }
                ],
                "lastMonth": [
                    { "label": "基础课时费", "amount": null }, { "label": "激励课时费", "amount": null },
                    { "label": "充值提成", "amount": null }, { "label": "酒水提成", "amount": null }
                ]
            },
            "tierNodes": [0.0, 100.0, 130.0, 160.0, 190.0, 220.0],
            "topCustomers": [{
                "customerId": 1000291, "name": "沈欣怡", "heartEmoji": "❤️", "relationIndex": 0.912, "rsScore": 9.12,
                "balance": 914.0, "consume": 6840.0
            }],
            "serviceRecords": [{
                "id": 880123, "createTime": "2026-11-21T13:30:00Z", "startTime": "2026-11-21T12:00:00Z",
                "endTime": "2026-11-21T13:30:00Z", "tableId": 7, "customerId": 1000291, "customerName": "沈欣怡",
                "courseType": "基础课", "skillName": "中式八球", "hours": 1.5, "hoursRaw": 1.5, "income": 270.0
            }],
            "visibleTasks": [{
                "id": 1154, "taskType": "relationship_building", "taskTypeLabel": "关系构建", "taskColor": "green",
                "bgClass": "bg-green", "customerId": 1000291, "customerName": "沈欣怡", "isPinned": true,
                "createdAt": "2026-09-23T20:00:00Z", "notes": []
            }],
            "hiddenTasks": [],
            "abandonedTasks": [{
                "id": 1160, "taskType": "priority_recall", "taskTypeLabel": "优先召回", "taskColor": "orange",
                "bgClass": "bg-orange", "customerId": 1000305, "customerName": "周昊然",
                "createdAt": "2026-11-02T20:00:00Z", "reason": "已搬去外地"
            }],
            "taskCounts": { "visible": 1, "hidden": 0, "abandoned": 1 },
            "notes": [],
            "historyMonths": [{
                "month": "2026-11", "customers": "22人", "customersCount": 22, "hours": "87.5h", "hoursValue": 87.5,
                "salary": "¥6,950", "salaryAmount": 6950.0, "callbackDone": 4, "recallDone": 9, "estimated": true
            }],
            "statDate": "2026-11-21", "relationStatDate": "2026-11-21", "consumeStatDate": "2026-11-21",
            "degraded": []
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn show(
    State(state): State<AppState>,
    Together { tx, warehouse, turn, .. }: Together<OwnOrSiteCoaches>,
    id: PathId,
    _: Params<NoQuery>,
) -> Told {
    turn.tell(read(&state, tx, warehouse, id).await)
}

async fn read(
    state: &AppState,
    mut tx: SiteTx,
    warehouse: SiteWarehouse,
    id: PathId,
) -> Result<Answer<CoachDetail>, ApiError> {
    let coach = id.get()?;
    may_see(&tx.caller, coach)?;
    let (ctx, limit) = (tx.ctx, state.module_timeout);
    let today = ctx.today();
    let current = Calendar::month_of(today);
    let earliest = coaching::history(today).last().map_or(current, |month| month.first);
    let tasks = coach_page::tasks(&mut tx, coach, listed, limit).await;
    let ids: Vec<i64> = tasks.iter().flatten().map(|task| task.id).collect();
    let task_notes = coach_page::notes_of_tasks(&mut tx, &ids, SHOWN, limit).await;
    let done = coach_page::done_by_month(&mut tx, coach, (earliest, today), limit).await;
    let notes = coach_page::notes(&mut tx, coach, SHOWN, limit).await;
    // Given back before the warehouse is asked: a slow warehouse must not hold the business database's connections.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, limit).await;
    let profile = core!(parts, |tx| assistant::profile(tx, &ctx, coach)).ok_or(Kind::NotFound)?;
    let skills = part!(parts, "skills", |tx| skill::names(tx, &profile.skill_codes)).unwrap_or_default();
    let tasks = parts.taken("tasks", tasks);
    let task_notes = parts.taken("taskNotes", task_notes).unwrap_or_default();
    let done = parts.taken("tasksCompleted", done);
    let notes = parts.taken("notes", notes).unwrap_or_default();
    let mut members: Vec<i64> = tasks.iter().flatten().map(|task| task.member_id).collect();
    members.sort_unstable();
    members.dedup();
    let pays = part!(parts, "performance", |tx| salary::months(tx, &ctx, Some(&[coach]), (earliest, today)));
    let tiers = part!(parts, "tierNodes", |tx| tier::nodes(tx, &ctx)).unwrap_or_default();
    let balance = part!(parts, "customerBalance", |tx| card::of_coaches(tx, &ctx, &[coach]));
    let top = part!(parts, "topCustomers", |tx| relation::top_customers(tx, &ctx, &[coach], SHOWN));
    let services = part!(parts, "serviceRecords", |tx| coach_record::newest(tx, &ctx, coach, SHOWN));
    let names = part!(parts, "customerName", |tx| member::names(tx, &ctx, &members));
    let served = part!(parts, "historyMonths", |tx| {
        coach_record::monthly_customers(tx, &ctx, coach, (earliest, today))
    });
    // Each of these shows the pay rows too; the months also what was done.
    if pays.is_none() {
        parts.skip::<()>("income");
    }
    if served.is_some() && (pays.is_none() || done.is_none()) {
        parts.skip::<()>("historyMonths");
    }
    let degraded = parts.close().await;

    let pay_of = |month: NaiveDate| pays.iter().flatten().find(|pay| pay.month == month).map(|of| &of.pay);
    let (this, last) = (pay_of(current), pay_of(Calendar::month_of(current - chrono::Days::new(1))));
    let completed = done.as_ref().map(|done| done.iter().find(|m| m.month == current).map_or(0, |m| m.tasks));
    // Either says it, whichever was read.
    let relation_stat_date =
        top.as_ref().map(|top| top.stat_date).or(balance.as_ref().map(|b| b.stat_date)).flatten();
    let customer_balance =
        balance.map(|snapshot| snapshot.rows.first().map(|row| row.balance).unwrap_or_default());
    let names: HashMap<_, _> = names.into_iter().flatten().map(|name| (name.member_id, name.name)).collect();
    let read = tasks.is_some();
    let lists = TaskLists::new(tasks.unwrap_or_default(), task_notes, &names);
    let answer = CoachDetail {
        id: coach,
        work_years: profile.work_years(&ctx),
        hire_date: profile.hire_date(&ctx),
        level_color: level_color(profile.level_code.as_deref()),
        name: profile.name,
        avatar: profile.avatar_url,
        level: profile.level_name,
        level_code: profile.level_code,
        skills,
        resigned: profile.resigned,
        performance: CoachFigures::new(pays.as_ref().map(|_| this), &tiers, customer_balance, completed),
        income: pays.as_ref().map(|_| CoachIncome::new(this, last)).unwrap_or_default(),
        tier_nodes: tiers.iter().map(|tier| Hours::new(tier.min_hours)).collect(),
        relation_stat_date,
        consume_stat_date: top.as_ref().and_then(|top| top.consumed_stat_date),
        top_customers: top.into_iter().flat_map(|top| top.rows).map(CoachTopCustomer::from).collect(),
        service_records: services.into_iter().flatten().map(CoachServiceRecord::from).collect(),
        visible_tasks: lists.visible,
        hidden_tasks: lists.hidden,
        abandoned_tasks: lists.abandoned,
        task_counts: read.then_some(lists.counts),
        notes: notes.into_iter().map(NoteOut::from).collect(),
        history_months: match (&pays, &served, &done) {
            (Some(pays), Some(served), Some(done)) => history(today, pays, served, done),
            _ => Vec::new(),
        },
        stat_date: this.map(|pay| pay.stat_date),
        degraded,
    };
    Ok(Answer::new(&ctx, answer))
}

/// One's own page; every coach's for holders of `coaches.site`.
fn may_see(caller: &Caller, coach: i64) -> Result<(), Kind> {
    match caller.assistant_id {
        _ if caller.may("coaches.site") => Ok(()),
        Some(own) if own == coach => Ok(()),
        Some(_) => Err(Kind::NotYours),
        None => Err(Kind::NoCoach),
    }
}
