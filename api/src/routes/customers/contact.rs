use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use store::db::audit::{self, Action, Entry, Who};
use utoipa::ToSchema;
use warehouse::member;

use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{Counted, NoBody, PathId, Permitted, PermittedBody, RevealContact, Reveals, Written},
    routes::degrade::{Parts, core},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/customers/{id}/contact";

/// How to reach a customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Customer.
    customer_id: i64,
    /// The phone, unmasked; null where none is known.
    phone: Option<String>,
}

/// Shows a customer's phone in full, and writes into the audit log that it did. Limited per user; the answer is kept
/// nowhere, so that a repetition is another look.
///
/// Round trips: 5 to the business database (limit, BEGIN, caller, line, COMMIT), 6 to the warehouse; two more with an
/// `Idempotency-Key`.
#[utoipa::path(
    post, path = "/api/xcx/customers/{id}/contact", operation_id = "revealContact", tag = "customers",
    responses((status = 200, body = Answer<Contact>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false },
        "data": { "customerId": 1000291, "phone": "19912349006" },
    })))
)]
pub async fn contact(
    State(state): State<AppState>,
    _: Counted<Reveals>,
    id: PathId,
    PermittedBody { mut by, body: NoBody }: PermittedBody<RevealContact, NoBody>,
) -> Result<Written<Contact>, ApiError> {
    let id = id.get()?;
    let Permitted { tx, warehouse, .. } = &mut *by;
    let ctx = tx.ctx;
    let mut parts = Parts::open(warehouse, ROUTE, state.module_timeout).await;
    let profile = core!(parts, |tx| member::profile(tx, &ctx, id)).ok_or(Kind::NotFound)?;
    parts.close().await;
    let entry = Entry {
        who: Who::from(&*tx),
        action: Action::ContactRevealed,
        object: Some(("member", id.to_string())),
        detail: json!({ "known": profile.mobile.is_some() }),
    };
    audit::write(tx.connection(), &entry).await?;
    by.finish_unkept(Answer::new(&ctx, Contact { customer_id: id, phone: profile.mobile })).await
}
