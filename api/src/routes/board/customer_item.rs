//! One customer of the board.
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    Index, Money, RelationIndex, customers::days_since_visit, labels::level_color, people::mask_phone,
    tasks::heart,
};
use rust_decimal::Decimal;
use serde::Serialize;
use store::db::task_board::AtWork;
use utoipa::ToSchema;
use warehouse::{
    assistant::Assistant,
    consumption::Summary,
    customer_board::{Dimension, Figure, Ranked},
    member::MemberName,
    relation::MemberCoach,
    rhythm::{Rhythm, WEEKS},
};

/// A member with the figures of every dimension that are at hand; the one that they rank by is never null.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerOnBoard {
    /// Member.
    customer_id: i64,
    /// Name.
    name: Option<String>,
    /// Phone, masked.
    phone: Option<String>,
    /// recall: win-back index, 0–10.
    #[schema(value_type = Option<f64>)]
    wbi: Option<Index>,
    /// potential: spending power index, 0–10; null in other dimensions.
    #[schema(value_type = Option<f64>)]
    spi: Option<Index>,
    /// balance: on stored-value cards, yuan.
    #[schema(value_type = Option<f64>)]
    balance: Option<Money>,
    /// recharge: paid for recharges in the last 60 days, yuan; null in other dimensions.
    #[schema(value_type = Option<f64>)]
    recharge60d: Option<Money>,
    /// recent: date of the last visit.
    last_visit_date: Option<NaiveDate>,
    /// Business days from the last visit to today.
    last_visit_days: Option<i64>,
    /// spend60: spent in 60 days, yuan.
    #[schema(value_type = Option<f64>)]
    consumption60d: Option<Money>,
    /// freq60: visits in 60 days.
    visit_count60d: Option<i64>,
    /// Visits in each of eight Monday weeks, the current one last; null in dimensions other than freq60.
    #[schema(min_items = 8, max_items = 8)]
    weekly_visits: Option<Vec<i64>>,
    /// Median days between visits.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    ideal_interval: Option<Decimal>,
    /// loyal: RS with the closest coach, 0–10.
    #[schema(value_type = Option<f64>)]
    max_rs: Option<Index>,
    /// Coaches: those with an active task for the member first, then by relation, closest first.
    assistants: Vec<CustomersCoach>,
}

/// A coach of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomersCoach {
    /// Coach.
    assistant_id: i64,
    /// Nickname, else real name.
    name: Option<String>,
    /// Level, such as 高级.
    level: Option<String>,
    /// Colour token of the level.
    level_color: &'static str,
    /// RS of the pair, 0–10; null without a relation.
    #[schema(value_type = Option<f64>)]
    rs_score: Option<Index>,
    /// 0–1; null without a relation.
    #[schema(value_type = Option<f64>)]
    relation_index: Option<RelationIndex>,
    /// 💖 🧡 💛 💙 by RS.
    heart_icon: &'static str,
    /// Has an active task for this member.
    has_active_task: bool,
}

/// What the modules of the page say, by member.
#[derive(Default)]
pub(super) struct Context {
    pub(super) names: HashMap<i64, MemberName>,
    pub(super) balances: HashMap<i64, Money>,
    pub(super) visits: HashMap<i64, Summary>,
    pub(super) rhythms: HashMap<i64, Rhythm>,
    /// `None` in other dimensions, and where the module failed.
    pub(super) weeks: Option<HashMap<i64, [i64; WEEKS]>>,
    pub(super) coaches: HashMap<i64, Vec<CustomersCoach>>,
}

impl CustomerOnBoard {
    pub(super) fn new(ranked: Ranked, dimension: Dimension, today: NaiveDate, page: &mut Context) -> Self {
        let id = ranked.member_id;
        let name = page.names.remove(&id);
        let visits = page.visits.get(&id);
        let rhythm = page.rhythms.get(&id);
        let assistants = page.coaches.remove(&id).unwrap_or_default();
        let last_visit = visits.and_then(|summary| summary.last_consume_date);
        let mut item = Self {
            customer_id: id,
            phone: name.as_ref().and_then(|name| name.mobile.as_deref()).map(mask_phone),
            name: name.and_then(|name| name.name),
            wbi: rhythm.and_then(|rhythm| rhythm.wbi),
            spi: None,
            balance: page.balances.get(&id).copied(),
            recharge60d: None,
            last_visit_date: last_visit,
            last_visit_days: None,
            consumption60d: visits.map(|summary| summary.consumption_60d),
            visit_count60d: visits.map(|summary| summary.visits_60d),
            weekly_visits: page
                .weeks
                .as_ref()
                .map(|weeks| weeks.get(&id).copied().unwrap_or_default().to_vec()),
            ideal_interval: rhythm.and_then(|rhythm| rhythm.gap_days),
            max_rs: assistants.iter().filter_map(|coach| coach.rs_score).max(),
            assistants,
        };
        // The figure of the ranking itself stands whatever became of the module that says it too.
        match (dimension, ranked.figure) {
            (Dimension::Recall, Figure::Index(wbi)) => item.wbi = Some(wbi),
            (Dimension::Potential, Figure::Index(spi)) => item.spi = Some(spi),
            (Dimension::Balance, Figure::Money(balance)) => item.balance = Some(balance),
            (Dimension::Recharge, Figure::Money(paid)) => item.recharge60d = Some(paid),
            (Dimension::Recent, Figure::Date(date)) => item.last_visit_date = Some(date),
            (Dimension::Spend60, Figure::Money(spent)) => item.consumption60d = Some(spent),
            (Dimension::Freq60, Figure::Visits(visits)) => item.visit_count60d = Some(visits),
            (Dimension::Loyal, Figure::Index(rs)) => item.max_rs = Some(rs),
            (dimension, figure) => tracing::error!(?dimension, ?figure, "a ranking by another figure"),
        }
        item.last_visit_days = item.last_visit_date.map(|date| days_since_visit(today, date));
        item
    }
}

/// The coaches of each member: of the newest snapshot, and those with an active task who are not in it.
pub(super) fn coaches_of(
    related: Vec<MemberCoach>,
    at_work: &[AtWork],
    roster: &[Assistant],
) -> HashMap<i64, Vec<CustomersCoach>> {
    let mut unseen: HashSet<AtWork> = at_work.iter().copied().collect();
    let mut coaches = HashMap::<i64, Vec<CustomersCoach>>::new();
    for coach in related {
        let pair = AtWork { member_id: coach.member_id, assistant_id: coach.assistant_id };
        let has_active_task = unseen.remove(&pair);
        coaches.entry(coach.member_id).or_default().push(CustomersCoach {
            assistant_id: coach.assistant_id,
            name: coach.name,
            level: coach.level_name,
            level_color: level_color(coach.level_code.as_deref()),
            rs_score: coach.rs,
            relation_index: coach.relation_index,
            heart_icon: heart(coach.rs),
            has_active_task,
        });
    }
    let roster: HashMap<i64, &Assistant> = roster.iter().map(|coach| (coach.assistant_id, coach)).collect();
    for pair in unseen {
        let known = roster.get(&pair.assistant_id);
        coaches.entry(pair.member_id).or_default().push(CustomersCoach {
            assistant_id: pair.assistant_id,
            name: known.and_then(|coach| coach.name.clone()),
            level: known.and_then(|coach| coach.level_name.clone()),
            level_color: level_color(known.and_then(|coach| coach.level_code.as_deref())),
            rs_score: None,
            relation_index: None,
            heart_icon: heart(None),
            has_active_task: true,
        });
    }
    for coaches in coaches.values_mut() {
        // `None` sorts below every relation: last.
        coaches.sort_by(|a, b| {
            let key = |coach: &CustomersCoach| (coach.has_active_task, coach.relation_index);
            key(b).cmp(&key(a)).then(a.assistant_id.cmp(&b.assistant_id))
        });
    }
    coaches
}
