use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::db::audit::{self, Action, Filter, Line};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::Object,
    },
};

use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{Administering, Audit, FromQuery, Params, QueryReader},
    openapi::{self, query},
    routes::days::Days,
    state::AppState,
};

/// Which lines.
pub struct AuditQuery {
    action: Option<Action>,
    user_id: Option<i64>,
    site_id: Option<i64>,
    days: Days,
    page: PageRequest,
}

impl IntoParams for AuditQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = vec![
            query("action", false, "What was done.", actions()),
            query("userId", false, "By whom.", openapi::id()),
            query("siteId", false, "At which site.", openapi::id()),
        ];
        params.extend(Days::params());
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for AuditQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let words: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
        let action = query.optional("action", &format!("以下之一:{}", words.join("、")));
        let (user_id, site_id) = (query.id("userId"), query.id("siteId"));
        let days = Days::read(query);
        Some(Self { action, user_id, site_id, days, page: query.page()? })
    }
}

/// One line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// Line, in the order written.
    id: i64,
    /// When.
    created_at: DateTime<Utc>,
    /// What was done, `noun.verb`.
    #[schema(schema_with = actions)]
    action: String,
    /// At which site; null = none is involved.
    site_id: Option<i64>,
    /// By whom; null = nobody we know, as in a refused sign-in.
    user_id: Option<i64>,
    /// Their name.
    user_name: Option<String>,
    /// The highest role that they held there.
    role_code: Option<String>,
    /// To what: user, application, note, member, task_rules, …
    object_type: Option<String>,
    /// Which one.
    object_id: Option<String>,
    /// What changed, before and after.
    #[schema(value_type = Object)]
    detail: Value,
    /// Request in the log.
    request_id: Option<String>,
}

/// Schema of [`Action`].
fn actions() -> Object {
    openapi::one_of(Action::ALL.iter().map(|action| action.as_str())).build()
}

impl From<Line> for AuditLine {
    fn from(line: Line) -> Self {
        Self {
            id: line.id,
            created_at: line.created_at,
            action: line.action,
            site_id: line.site_id,
            user_id: line.user_id,
            user_name: line.user_name,
            role_code: line.role_code,
            object_type: line.object_type,
            object_id: line.object_id,
            detail: line.detail,
            request_id: line.request_id,
        }
    }
}

/// Who did what, at every site, newest first: sign-ins, approvals, roles, rules, deletions, contact reveals.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, caller, how many, lines, COMMIT),
/// none to the warehouse.
#[utoipa::path(
    get, path = "/api/admin/audit", operation_id = "listAudit", tag = "admin", params(AuditQuery),
    responses((status = 200, body = Answer<Page<AuditLine>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 9021, "createdAt": "2026-11-22T01:12:30Z", "action": "member.contact_revealed", "siteId": 1, "userId": 7,
            "userName": "店长", "roleCode": "manager", "objectType": "member", "objectId": "1000291", "detail": {},
            "requestId": "01KAMM2V7S9D8Q4E6G1X0ZB5RT"
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": null
    })))
)]
pub async fn list(
    State(state): State<AppState>,
    Administering { mut tx, .. }: Administering<Audit>,
    Params(asked): Params<AuditQuery>,
) -> Result<Answer<Page<AuditLine>>, ApiError> {
    let during = asked.days.instants(state.zone)?;
    let filter = Filter {
        action: asked.action,
        user_id: asked.user_id,
        site_id: asked.site_id,
        from: during.start,
        to: during.end,
        offset: asked.page.offset(),
        limit: asked.page.limit(),
    };
    let (lines, total) = audit::page(&mut tx, &filter).await?;
    tx.commit().await?;
    Ok(Answer::siteless(asked.page.of(lines.into_iter().map(AuditLine::from).collect(), total)))
}
