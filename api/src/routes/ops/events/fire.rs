use domain::{
    SiteId,
    schedule::event::{self, KEY_LENGTH, NAME_LENGTH},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{
    db::{event_list, job},
    operations::event::{NotFired, fire as fire_event},
    scheduler::events::NewEvent,
};
use utoipa::ToSchema;

use super::event_out::EventOut;
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{AdministeringBody, MAX_ID, Ops, Written},
};

/// An event to fire.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventBody {
    /// Such as etl_data_updated.
    #[schema(min_length = 1, max_length = 100)]
    event_name: String,
    /// Site; null = all active sites.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, minimum = 1, maximum = 9007199254740991i64)]
    site_id: Option<i64>,
    /// For the handler; absent = empty.
    #[serde(default)]
    #[schema(value_type = Object)]
    payload: Map<String, Value>,
    /// A second event with the same name, site and key is refused, for as long as the first is kept (7 days).
    #[schema(min_length = 1, max_length = 200)]
    dedup_key: Option<String>,
}

/// The event that was fired.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventFired {
    /// The event.
    event: EventOut,
    /// Enabled jobs that listen to it; none = it will make no run.
    heard_by: Vec<String>,
}

impl EventBody {
    fn check(&self) -> Result<(), ApiError> {
        let mut errors = Vec::new();
        let mut refuse = |field, why: &dyn ToString| errors.push(FieldError::new(field, why.to_string()));
        if let Err(why) = event::check_word(&self.event_name, NAME_LENGTH) {
            refuse("eventName", &why);
        }
        if self.site_id.is_some_and(|id| !(1..=MAX_ID).contains(&id)) {
            refuse("siteId", &"须为正整数，或 null 表示所有门店");
        }
        if let Some(Err(why)) = self.dedup_key.as_deref().map(|key| event::check_word(key, KEY_LENGTH)) {
            refuse("dedupKey", &why);
        }
        if let Err(why) = self.payload.iter().try_for_each(|(name, value)| {
            event::check_payload(&Value::from(name.as_str()))?;
            event::check_payload(value)
        }) {
            refuse("payload", &why);
        }
        if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
    }
}

/// Fires an event: the jobs that listen to it run at its site, or at every active site. 409 if the key is taken.
#[utoipa::path(
    post, path = "/api/ops/events", operation_id = "fireEvent", tag = "ops", request_body = EventBody,
    responses((status = 200, body = Answer<EventFired>))
)]
pub async fn fire(
    AdministeringBody { mut by, body }: AdministeringBody<Ops, EventBody>,
) -> Result<Written<EventFired>, ApiError> {
    body.check()?;
    let payload = Value::Object(body.payload);
    let new = NewEvent {
        name: &body.event_name,
        site_id: body.site_id.map(SiteId),
        payload: &payload,
        dedup_key: body.dedup_key.as_deref(),
    };
    let id = fire_event(&mut by.tx, new).await.map_err(|why| match why {
        NotFired::Site => ApiError::field("siteId", "没有这家门店，或门店已停用"),
        NotFired::KeyTaken => ApiError::saying(Kind::Conflict, "相同名称、门店与 dedupKey 的事件已存在"),
        NotFired::Store(error) => error.into(),
    })?;
    let event = event_list::by_id(by.tx.connection(), id).await?.into();
    let heard_by = job::listeners(by.tx.connection(), &body.event_name).await?;
    by.finish(Answer::siteless(EventFired { event, heard_by })).await
}
