//! One of a coach's closest members.
use domain::{Index, Money, RelationIndex, coaching::top_customer_emoji};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::relation;

/// A member close to the coach.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachTopCustomer {
    /// Member.
    customer_id: i64,
    /// Name.
    name: Option<String>,
    /// ❤️ 💛 🤍 by relation index.
    heart_emoji: &'static str,
    /// In [0, 1].
    #[schema(value_type = Option<f64>)]
    relation_index: Option<RelationIndex>,
    /// RS of the pair, 0–10.
    #[schema(value_type = Option<f64>)]
    rs_score: Option<Index>,
    /// On stored-value cards, yuan; null without such a card.
    #[schema(value_type = Option<f64>)]
    balance: Option<Money>,
    /// Billed for this coach's services, ever, yuan; null where the snapshot does not have the pair.
    #[schema(value_type = Option<f64>)]
    consume: Option<Money>,
}

impl From<relation::TopCustomer> for CoachTopCustomer {
    fn from(customer: relation::TopCustomer) -> Self {
        Self {
            customer_id: customer.member_id,
            name: customer.name,
            heart_emoji: top_customer_emoji(customer.relation_index),
            relation_index: customer.relation_index,
            rs_score: customer.rs,
            balance: customer.balance,
            consume: customer.consumed,
        }
    }
}
