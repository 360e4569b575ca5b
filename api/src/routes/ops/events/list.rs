use axum::extract::State;
use domain::schedule::event;
use store::db::event_list::{self, Filter, STATES};
use utoipa::{
    IntoParams,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use super::event_out::EventOut;
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{Administering, FromQuery, Ops, Params, QueryReader},
    openapi::{self, query},
    routes::days::Days,
    state::AppState,
};

/// Which events.
pub struct EventsQuery {
    name: Option<String>,
    site_id: Option<i64>,
    state: Option<&'static str>,
    days: Days,
    page: PageRequest,
}

impl IntoParams for EventsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(event::NAME_LENGTH));
        let mut params = vec![
            query("eventName", false, "Only those of this name.", name),
            query(
                "siteId",
                false,
                "Only those for this site; those for all sites are not among them.",
                openapi::id(),
            ),
            query("state", false, "Only those in this state.", openapi::one_of(STATES)),
        ];
        params.extend(Days::params());
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for EventsQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let name: Option<String> = query.optional("eventName", "文字");
        if let Some(Err(why)) = name.as_deref().map(|name| event::check_word(name, event::NAME_LENGTH)) {
            query.refuse("eventName", why);
        }
        let (site_id, state) = (query.id("siteId"), query.word("state", &STATES));
        let days = Days::read(query);
        Some(Self { name, site_id, state, days, page: query.page()? })
    }
}

/// The scheduler's inbox, newest first: what was fired, when it was dispatched, and which runs answer it.
///
/// `total` counts 10,000 rows and no more, or as many as lie before the end of the page and one.
///
/// Round trips, whatever the number of rows: 7 to the business database
/// (BEGIN, caller, plans, how many, events, their runs, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/events", operation_id = "listEvents", tag = "ops", params(EventsQuery),
    responses((status = 200, body = Answer<Page<EventOut>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 90210, "eventName": "etl_data_updated", "siteId": 1, "payload": { "batch": "2026-11-22" }, "dedupKey": null,
            "firedBy": "zqyy_etl_writer", "createdAt": "2026-11-22T04:00:00Z", "dispatchedAt": "2026-11-22T04:00:00Z",
            "state": "dispatched", "error": null,
            "runs": [{ "runId": 4711, "jobName": "recall_completion_check", "siteId": 1, "state": "dead" }]
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": null
    })))
)]
pub async fn list(
    State(state): State<AppState>,
    Administering { mut tx, .. }: Administering<Ops>,
    Params(asked): Params<EventsQuery>,
) -> Result<Answer<Page<EventOut>>, ApiError> {
    let during = asked.days.instants(state.zone)?;
    let filter = Filter {
        id: None,
        name: asked.name,
        site_id: asked.site_id,
        state: asked.state,
        from: during.start,
        to: during.end,
        offset: asked.page.offset(),
        limit: asked.page.limit(),
    };
    let (events, total) = event_list::page(tx.connection(), &filter).await?;
    tx.commit().await?;
    Ok(Answer::siteless(asked.page.of(events.into_iter().map(EventOut::from).collect(), total)))
}
