//! The table of the metrics.
use std::{fmt, str::FromStr};

use rust_decimal::Decimal;

use super::Subject;

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 元, two places.
    Yuan,
    /// 小时, two places.
    Hours,
    /// 天.
    Days,
    /// 次.
    Times,
    /// 人.
    People,
    /// 个.
    Tasks,
    /// 0–10, two places.
    Index,
    /// 0–1, four places.
    Relation,
    /// 0–100, two places.
    Percent,
    /// 0–100, two places.
    Points,
    /// 1–5.
    Stars,
    /// No number: a level, a grade.
    Word,
}

impl Unit {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Yuan,
        Self::Hours,
        Self::Days,
        Self::Times,
        Self::People,
        Self::Tasks,
        Self::Index,
        Self::Relation,
        Self::Percent,
        Self::Points,
        Self::Stars,
        Self::Word,
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yuan => "元",
            Self::Hours => "小时",
            Self::Days => "天",
            Self::Times => "次",
            Self::People => "人",
            Self::Tasks => "个",
            Self::Index => "0-10",
            Self::Relation => "0-1",
            Self::Percent => "%",
            Self::Points => "分",
            Self::Stars => "星",
            Self::Word => "文字",
        }
    }

    /// Places behind the point; `None`: no number.
    pub fn places(self) -> Option<u32> {
        match self {
            Self::Days | Self::Times | Self::People | Self::Tasks | Self::Stars => Some(0),
            Self::Yuan | Self::Hours | Self::Index | Self::Percent | Self::Points => Some(2),
            Self::Relation => Some(4),
            Self::Word => None,
        }
    }
}

impl Unit {
    /// A number with the unit's places; a word's number stays as it is.
    pub fn fixed(self, number: Decimal) -> Decimal {
        self.places().map_or(number, |places| crate::money::fixed(number, places))
    }

    /// A part of a number: with the unit's places, and with those that it has more, so that parts still add up.
    pub fn part(self, number: Decimal) -> Decimal {
        let mut part = number.normalize();
        part.rescale(part.scale().max(self.places().unwrap_or_default()));
        part
    }
}

/// One figure of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// In the API.
    pub name: &'static str,
    /// In Chinese.
    pub label: &'static str,
    /// What it is counted in.
    pub unit: Unit,
}

/// What there is to know of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// In the API.
    pub name: &'static str,
    /// In Chinese.
    pub label: &'static str,
    /// What it says, in Chinese.
    pub meaning: &'static str,
    /// Whom it is about.
    pub subject: Subject,
    /// Its figures; most have one.
    pub figures: &'static [Figure],
    /// Views and tables it is read from.
    pub sources: &'static [&'static str],
    /// How it comes about, in Chinese.
    pub formula: &'static str,
    /// What it is as of a past date, in Chinese.
    pub as_of: &'static str,
    /// The rows that explain it, in Chinese.
    pub rows: &'static str,
}

impl Definition {
    /// The figure of that name.
    pub fn figure(&self, name: &str) -> Option<&'static Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// What that figure is counted in.
    pub fn unit(&self, figure: &str) -> Unit {
        self.figure(figure).map_or(Unit::Word, |figure| figure.unit)
    }
}

/// No metric has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such metric")]
pub struct UnknownMetric;

macro_rules! metrics {
    ($($(#[$doc:meta])+ $metric:ident {
        name: $name:literal, label: $label:literal, meaning: $meaning:literal, subject: $subject:ident,
        figures: [$($figure:literal $figure_label:literal $unit:ident),+],
        sources: [$($source:literal),+], formula: $formula:literal, as_of: $as_of:literal, rows: $rows:literal,
    })+) => {
        /// A figure, or a few that belong together, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($(#[$doc])+ $metric,)+ }

        impl Metric {
            /// Every one, in the order of the page.
            pub const ALL: &[Self] = &[$(Self::$metric,)+];

            /// What there is to know of it.
            pub fn definition(self) -> &'static Definition {
                match self {
                    $(Self::$metric => {
                        const DEFINITION: Definition = Definition {
                            name: $name,
                            label: $label,
                            meaning: $meaning,
                            subject: Subject::$subject,
                            figures: &[$(Figure { name: $figure, label: $figure_label, unit: Unit::$unit }),+],
                            sources: &[$($source),+],
                            formula: $formula,
                            as_of: $as_of,
                            rows: $rows,
                        };
                        &DEFINITION
                    })+
                }
            }
        }
    };
}

metrics! {
    /// 1
    LastVisitDays {
        name: "lastVisitDays", label: "距上次到店天数", meaning: "会员最近一次消费的营业日到今天过了几天。", subject: Member,
        figures: ["lastVisitDays" "距上次到店天数" Days],
        sources: ["v_dws_member_consumption_summary", "v_dwd_settlement"],
        formula: "今天 − last_consume_date", as_of: "不晚于该日的最新快照；天数算到该日",
        rows: "最近一次到店的最后一张结算单",
    }
    /// 2
    Consumption60d {
        name: "consumption60d", label: "60 天消费", meaning: "截至快照日的 60 个营业日里的消费。", subject: Member,
        figures: ["consumption60d" "60 天消费" Yuan],
        sources: ["v_dws_member_consumption_summary", "v_dwd_settlement"],
        formula: "Σ ledger_amount，settle_type 为 1 或 3，未作废", as_of: "不晚于该日的最新快照",
        rows: "这 60 天里的结算单",
    }
    /// 3
    TotalConsume {
        name: "totalConsume", label: "累计消费总额", meaning: "会员从第一次到店起的全部消费。", subject: Member,
        figures: ["totalConsume" "累计消费总额" Yuan],
        sources: ["v_dws_member_consumption_summary", "v_dwd_settlement"],
        formula: "Σ ledger_amount，settle_type 为 1 或 3，未作废", as_of: "不晚于该日的最新快照",
        rows: "全部结算单",
    }
    /// 4
    TableOpenings {
        name: "tableOpenings", label: "累计开台次数", meaning: "会员开过几次台，商城订单不算。", subject: Member,
        figures: ["tableOpenings" "累计开台次数" Times],
        sources: ["v_dws_member_consumption_summary", "v_dwd_settlement"],
        formula: "settle_type 为 1 的结算单数(total_open_table_count)", as_of: "不晚于该日的最新快照",
        rows: "全部开台结算单，每张 1 次",
    }
    /// 5
    StoredBalance {
        name: "storedBalance", label: "储值卡余额", meaning: "会员全部储值卡上的余额；没有储值卡时为空。", subject: Member,
        figures: ["storedBalance" "储值卡余额" Yuan],
        sources: ["v_dim_member_card_account"],
        formula: "Σ balance，card_kind 为 stored", as_of: "该日营业结束时有效的版本(开始早于切日时刻，结束为空或不早于它)",
        rows: "每张储值卡当时的版本",
    }
    /// 6
    CumulativeGmv {
        name: "cumulativeGmv", label: "累计 GMV", meaning: "门店开业以来的流水，散客也算。", subject: Site,
        figures: ["cumulativeGmv" "累计 GMV" Yuan],
        sources: ["v_dws_finance_daily_summary"],
        formula: "Σ gross_amount", as_of: "stat_date 不晚于该日的行", rows: "每个营业日的流水",
    }
    /// 7
    CustomersServed {
        name: "customersServed", label: "累计服务客户数", meaning: "助教服务过多少位会员。", subject: Coach,
        figures: ["customersServed" "累计服务客户数" People],
        sources: ["v_dws_assistant_customer_stats", "v_dwd_assistant_service_log"],
        formula: "助教在快照里的会员数", as_of: "不晚于该日的最新快照", rows: "每位会员的第一次服务，每人 1",
    }
    /// 8
    CoachLevel {
        name: "coachLevel", label: "助教等级", meaning: "助教在最新一天的等级。", subject: Coach,
        figures: ["coachLevel" "助教等级" Word],
        sources: ["v_dws_assistant_daily_detail", "v_dim_assistant"],
        formula: "最新一天的 assistant_level_name", as_of: "不晚于该日的最新一天", rows: "助教档案在那天营业结束时有效的版本",
    }
    /// 9
    MonthHours {
        name: "monthHours", label: "月度课时", meaning: "助教本月到今天为止的课时，基础课、激励课和合计。", subject: Coach,
        figures: ["hours" "合计课时" Hours, "baseHours" "基础课时" Hours, "bonusHours" "激励课时" Hours],
        sources: ["v_dws_assistant_daily_detail"],
        formula: "Σ base_hours、Σ bonus_hours", as_of: "该日所在月份里不晚于该日的各天", rows: "每个有课的营业日",
    }
    /// 10
    MonthBilled {
        name: "monthBilled", label: "月度计费金额", meaning: "助教本月到今天为止向客人计费的金额。", subject: Coach,
        figures: ["monthBilled" "月度计费金额" Yuan],
        sources: ["v_dws_assistant_daily_detail"],
        formula: "Σ total_ledger_amount", as_of: "该日所在月份里不晚于该日的各天", rows: "每个有计费的营业日",
    }
    /// 11
    MonthNewLost {
        name: "monthNewLost", label: "月度新增/流失会员", meaning: "本月第一次消费的会员，和上次消费后第 60 天落在本月的会员。", subject: Site,
        figures: ["newMembers" "新增会员" People, "lostMembers" "流失会员" People],
        sources: ["v_dws_member_consumption_summary"],
        formula: "新增:first_consume_date 在本月；流失:last_consume_date + 60 天在本月", as_of: "不晚于该日的最新快照，月份为该日所在月份",
        rows: "每位新增、流失的会员，每人 1",
    }
    /// 12
    CoachMonthPanel {
        name: "coachMonthPanel", label: "助教月度面板", meaning: "助教本月到今天为止的课时与收入各项(MP-2)。", subject: Coach,
        figures: [
            "baseHours" "基础课时" Hours, "bonusHours" "激励课时" Hours, "effectiveHours" "有效课时" Hours,
            "baseIncome" "基础课时费" Yuan, "bonusIncome" "激励课时费" Yuan, "rechargeCommission" "充值提成" Yuan,
            "goodsCommission" "酒水提成" Yuan, "sprintBonus" "冲刺奖金" Yuan, "reward" "奖励" Yuan, "deduction" "扣款" Yuan,
            "grossSalary" "应发合计" Yuan
        ],
        sources: ["v_dws_assistant_daily_salary"],
        formula: "有效课时 = 基础 + 激励；应发合计 = 各项收入、提成、奖金、奖励之和 − 扣款", as_of: "该月不晚于该日的最新一天的工资行",
        rows: "工资行的各项；合计由各项相加，扣款为负",
    }
    /// 13
    RelationIndex {
        name: "relationIndex", label: "关系指数", meaning: "助教与会员的关系强度 RS，和它的十分之一。", subject: Pair,
        figures: ["rs" "关系强度 RS" Index, "relationIndex" "关系指数" Relation],
        sources: ["v_dws_member_assistant_relation_index", "v_dwd_assistant_service_log"],
        formula: "clamp10(ln(1 + Σ 0.5^(天数/21)·(基础课时 + 1.5·激励课时)))，近 60 天的服务",
        as_of: "该日的快照；没有时按定义从事实重算该日", rows: "近 60 天的每次服务，按权重分摊由事实重算的指数",
    }
    /// 14
    Stickiness {
        name: "stickiness", label: "客户黏性", meaning: "会员最近到店有多勤。", subject: Member,
        figures: ["stickiness" "客户黏性" Index],
        sources: ["v_dws_member_stickiness_index", "v_dwd_settlement"],
        formula: "clamp10(ln(1 + Σ 0.5^(天数/30)))，近 180 天的到店日",
        as_of: "该日的快照；没有时按定义从事实重算该日", rows: "近 180 天的每个到店日，按权重分摊由事实重算的指数",
    }
    /// 15
    TaskCompletionRate {
        name: "taskCompletionRate", label: "任务完成率", meaning: "本月生成的任务里，到今天为止完成了百分之几。", subject: CoachOrSite,
        figures: ["rate" "完成率" Percent, "created" "本月任务" Tasks, "completed" "已完成" Tasks],
        sources: ["biz.coach_tasks", "biz.coach_task_history"],
        formula: "completed / created；created_at 在本月", as_of: "任务按历史还原到该日营业结束时的状态",
        rows: "本月的每个任务；已完成的每个占 100 / created",
    }
    /// 16
    Corrections {
        name: "corrections", label: "Excel 修正", meaning: "本月到今天为止人工录入的扣款、奖励、支出、收入。", subject: CoachOrSite,
        figures: ["deduction" "扣款" Yuan, "reward" "奖励" Yuan, "expense" "支出" Yuan, "income" "收入" Yuan],
        sources: ["v_dws_salary_adjustment"],
        formula: "按 kind 的 Σ amount", as_of: "effective_date 在该日所在月份且不晚于该日", rows: "每笔修正",
    }
    /// 17
    LifecycleNewLost {
        name: "lifecycleNewLost", label: "生命周期新增/流失", meaning: "本月第一次消费的会员，和上次消费在 61 到 90 天前的会员。", subject: Site,
        figures: ["newMembers" "新增会员" People, "lostMembers" "流失会员" People],
        sources: ["v_dws_member_consumption_summary"],
        formula: "新增:first_consume_date 在本月；流失:今天 − last_consume_date 为 61–90 天", as_of: "不晚于该日的最新快照，天数算到该日",
        rows: "每位新增、流失的会员，每人 1",
    }
    /// 18
    SiteGrade {
        name: "siteGrade", label: "门店等级", meaning: "近 28 天与之前 28 天相比的四项得分，取平均分定级。", subject: Site,
        figures: [
            "grade" "等级" Word, "score" "平均分" Points,
            "incomeScore" "确认收入得分" Points, "visitsScore" "到店得分" Points,
            "newMembersScore" "新会员得分" Points, "completionScore" "任务完成得分" Points,
            "income" "近 28 天确认收入" Yuan, "incomeBefore" "之前 28 天确认收入" Yuan,
            "visits" "近 28 天到店" Times, "visitsBefore" "之前 28 天到店" Times,
            "newMembers" "近 28 天新会员" People, "newMembersBefore" "之前 28 天新会员" People,
            "completion" "近 28 天任务完成率" Percent, "completionBefore" "之前 28 天任务完成率" Percent
        ],
        sources: ["v_dws_finance_daily_summary", "v_dws_member_visit_detail", "v_dim_member", "biz.coach_tasks", "biz.coach_task_history"],
        formula: "每项 50 + 50·clamp(变化 / 20 %, −1, 1)，之前为 0 时有增加算 +1；A ≥ 75，B ≥ 50，C ≥ 25，其余 D",
        as_of: "截至该日的两个 28 天，收入与到店截至不晚于该日的最新快照日；任务完成率各按本段最后一天营业结束时的状态",
        rows: "四项得分；每项由 50 分和变化的得分组成；每天的收入与到店，每位新会员，每个已完成的任务",
    }
    /// 19
    CoachStars {
        name: "coachStars", label: "助教星级", meaning: "1 星，加上本月课时、收入、任务完成率、平均 RS 达到门店中位数的项数。", subject: Coach,
        figures: ["stars" "星级" Stars],
        sources: ["v_dws_assistant_daily_detail", "v_dws_assistant_daily_salary", "v_dws_member_assistant_relation_index", "biz.coach_tasks", "biz.coach_task_history"],
        formula: "1 + 达到或高于中位数的项数；没有数据的项不算达到，中位数只看有数据的助教", as_of: "各项按该日的口径",
        rows: "基础 1 星，四项各 0 或 1 星，并写明本人与中位数",
    }
    /// 20
    CumulativeKpi {
        name: "cumulativeKpi", label: "累计 KPI", meaning: "门店开业以来的确认收入、到店、会员、完成的任务、召回成功。", subject: Site,
        figures: [
            "income" "确认收入" Yuan, "visits" "到店" Times, "members" "会员" People, "tasksDone" "完成任务" Tasks,
            "recallsDone" "召回成功" Tasks
        ],
        sources: ["v_dws_finance_daily_summary", "v_dws_member_consumption_summary", "v_dws_member_visit_detail", "v_dim_member", "biz.coach_tasks", "biz.coach_task_history"],
        formula: "Σ confirmed_income；Σ total_visit_count；会员数；状态为 completed 的任务数，其中两种召回",
        as_of: "不晚于该日的行；任务按历史还原到该日营业结束时的状态",
        rows: "每天的收入、到店、入会，每位助教完成的任务",
    }
}

impl Metric {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        self.definition().name
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(name: &str) -> Result<Self, UnknownMetric> {
        Self::ALL.iter().copied().find(|metric| metric.as_str() == name).ok_or(UnknownMetric)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: HashSet<_> = Metric::ALL.iter().map(|metric| metric.as_str()).collect();
        assert_eq!((names.len(), Metric::ALL.len()), (20, 20));
        for metric in Metric::ALL {
            assert_eq!(metric.as_str().parse(), Ok(*metric));
            let figures = metric.definition().figures;
            let own: HashSet<_> = figures.iter().map(|figure| figure.name).collect();
            assert_eq!(own.len(), figures.len(), "{metric}");
            assert!(figures.iter().all(|f| metric.definition().figure(f.name) == Some(f)), "{metric}");
        }
        assert_eq!("gmv".parse::<Metric>(), Err(UnknownMetric));
    }
}
