use axum::extract::State;
use domain::{customers::Sought, people::mask_phone};
use serde::Serialize;
use serde_json::json;
use store::db::{audit::Action, customer};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};
use warehouse::{
    Slice,
    member::{self, FoundMember, PairedWith},
};

use crate::{
    answer::{Answer, Page, PageRequest},
    error::{ApiError, Kind},
    extract::{Audited, Counted, Customers, FromQuery, Params, QueryReader, Searches},
    openapi::{self, query},
    routes::degrade::{Parts, core},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/customers";

/// Whom to look for.
pub struct SearchQuery {
    sought: Sought,
    page: PageRequest,
}

impl IntoParams for SearchQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let words =
            "Part of a name, or 4 to 15 consecutive digits of a phone (spaces and dashes do not count).";
        // A pattern for the two of them would say less than these words.
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(50));
        let mut params = vec![query("q", true, words, text)];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for SearchQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (typed, page) = (query.required::<String>("q", "姓名或手机号的一部分"), query.page());
        let sought = Sought::new(&typed?).map_err(|why| query.refuse("q", why)).ok();
        Some(Self { sought: sought?, page: page? })
    }
}

/// A customer who was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundCustomer {
    /// Customer.
    id: i64,
    /// Name.
    name: Option<String>,
    /// Phone, masked.
    phone: Option<String>,
    /// Such as 金卡会员.
    grade: Option<String>,
}

/// Customers by part of a name, any case, or by digits of a phone, by name; for a coach the paired ones. Limited per
/// user and written into the audit log, since whoever could search without end could count their way through a mask.
///
/// Round trips, whatever the number of rows: 6 to the business database (limit, BEGIN, caller, a coach's members by
/// task, line, COMMIT), 6 to the warehouse (BEGIN, site, timeout, savepoint, customers, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/customers", operation_id = "searchCustomers", tag = "customers", params(SearchQuery),
    responses((status = 200, body = Answer<Page<FoundCustomer>>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false },
        "data": {
            "list": [{ "id": 1000291, "name": "沈欣怡", "phone": "199****9006", "grade": "金卡会员" }],
            "total": 1, "page": 1, "pageSize": 20, "hasMore": false,
        },
    })))
)]
pub async fn search(
    State(state): State<AppState>,
    _: Counted<Searches>,
    mut by: Audited<Customers>,
    Params(asked): Params<SearchQuery>,
) -> Result<Answer<Page<FoundCustomer>>, ApiError> {
    let tx = by.tx();
    let ctx = tx.ctx;
    let own = if tx.caller.may("customers.site") {
        None
    } else {
        let coach = tx.caller.assistant_id.ok_or(Kind::NoCoach)?;
        Some((coach, customer::tasked(tx, coach).await?))
    };
    // What was typed is personal data, and no line of the log.
    let (by_what, length) = match &asked.sought {
        Sought::Name(name) => ("name", name.chars().count()),
        Sought::Digits(digits) => ("phone", digits.len()),
    };
    let detail = json!({ "by": by_what, "length": length, "page": asked.page.number() });
    let warehouse = by.tell(Action::MemberSearched, None, detail).await?;

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let sought = match &asked.sought {
        Sought::Name(name) => member::Sought::Name(name),
        Sought::Digits(digits) => member::Sought::Digits(digits),
    };
    let paired =
        own.as_ref().map(|(assistant_id, tasked)| PairedWith { assistant_id: *assistant_id, tasked });
    let slice = Slice { limit: asked.page.limit(), offset: asked.page.offset() };
    let found = core!(parts, |tx| member::search(tx, &ctx, sought, paired, slice));
    parts.close().await;
    let list = found.members.into_iter().map(FoundCustomer::from).collect();
    Ok(Answer::new(&ctx, asked.page.of(list, found.total)))
}

impl From<FoundMember> for FoundCustomer {
    fn from(found: FoundMember) -> Self {
        Self {
            id: found.member_id,
            name: found.name,
            phone: found.mobile.as_deref().map(mask_phone),
            grade: found.grade,
        }
    }
}
