use domain::{Hours, Money};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::{consumption::Summary, member_record::CoachStats};

/// A figure, and how it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// Which one, for programs.
    key: &'static str,
    /// Which one, for people.
    label: &'static str,
    /// How much; null where it is not known, or nothing to divide by.
    #[schema(value_type = Option<f64>)]
    value: Option<Amount>,
    /// Of what.
    unit: &'static str,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum Amount {
    Count(i64),
    Money(Money),
    Hours(Hours),
}

impl Metric {
    fn new(
        key: &'static str,
        label: &'static str,
        value: impl Into<Option<Amount>>,
        unit: &'static str,
    ) -> Self {
        Self { key, label, value: value.into(), unit }
    }

    /// visitCount60d, avgSpend60d, totalConsume, totalVisits. `None`: the member is not in the snapshot.
    pub(super) fn of_member(summary: Option<&Summary>) -> Vec<Self> {
        let count = |figure: fn(&Summary) -> i64| summary.map(|s| Amount::Count(figure(s)));
        vec![
            Self::new("visitCount60d", "近60天到店", count(|s| s.visits_60d), "次"),
            Self::new(
                "avgSpend60d",
                "近60天次均消费",
                summary.and_then(Summary::average_60d).map(Amount::Money),
                "元",
            ),
            Self::new("totalConsume", "累计消费", summary.map(|s| Amount::Money(s.total_consumption)), "元"),
            Self::new("totalVisits", "累计到店", count(|s| s.total_visits), "次"),
        ]
    }

    /// serviceCount60d, hours60d, avgHours60d. `None`: the coach did nothing for the member in those days.
    pub(super) fn of_coach(stats: Option<&CoachStats>) -> Vec<Self> {
        let hours = stats.map_or_else(Hours::default, |s| Hours::new(s.hours));
        let average = stats.and_then(|s| s.average_hours).map(|hours| Amount::Hours(Hours::new(hours)));
        vec![
            Self::new("serviceCount60d", "近60天服务", Amount::Count(stats.map_or(0, |s| s.services)), "次"),
            Self::new("hours60d", "近60天时长", Amount::Hours(hours), "小时"),
            Self::new("avgHours60d", "次均时长", average, "小时"),
        ]
    }
}
