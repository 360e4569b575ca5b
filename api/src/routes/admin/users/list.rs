use axum::extract::State;
use domain::accounts::AccountStatus;
use store::{
    db::user_list::{self, Filter},
    limits::Bucket,
};
use utoipa::{
    IntoParams,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use super::user_out::UserOut;
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{Administering, FromQuery, Params, QueryReader, Users},
    limits,
    openapi::{self, query},
    state::AppState,
};

/// Fewer digits of a phone than this are not looked for: they would tell a masked number digit by digit.
const LEAST_DIGITS: usize = 4;

/// Which users.
pub struct UsersQuery {
    q: Option<String>,
    status: Option<AccountStatus>,
    site_id: Option<i64>,
    page: PageRequest,
}

impl IntoParams for UsersQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let statuses = AccountStatus::ALL.iter().map(|status| status.as_str());
        let words = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(50));
        let mut params = vec![
            query("q", false, "Part of nickname or name, or 4 or more digits of the phone in a row.", words),
            query("status", false, "Only those.", openapi::one_of(statuses)),
            query("siteId", false, "Only those with a role at this site.", openapi::id()),
        ];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for UsersQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let q: Option<String> = query.optional("q", "文字");
        let q = q.map(|q| q.trim().to_owned());
        if q.as_deref().is_some_and(|q| !(1..=50).contains(&q.chars().count())) {
            query.refuse("q", "须为 1 到 50 个字符");
        }
        let status = query.optional("status", "以下之一:new、pending、approved、rejected、disabled");
        let (site_id, page) = (query.id("siteId"), query.page());
        Some(Self { q, status, site_id, page: page? })
    }
}

/// Users of every site, newest first. Looking for one counts against the caller's searches (429).
///
/// Round trips, whatever the number of rows: 6 to the business database (BEGIN, caller, how many, rows, their roles,
/// COMMIT; 1 more, the limit, where one is looked for), none to the warehouse.
#[utoipa::path(
    get, path = "/api/admin/users", operation_id = "listUsers", tag = "admin", params(UsersQuery),
    responses((status = 200, body = Answer<Page<UserOut>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 41, "username": null, "nickname": "小雨", "phone": "139****5678", "status": "approved",
            "hasWechat": true, "lastLoginAt": "2026-11-22T01:00:00Z", "createdAt": "2026-03-02T04:00:00Z",
            "places": [{ "siteId": 1, "siteName": "朗朗桌球朝阳店", "roles": ["coach"], "assistantId": 1011 }]
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": null
    })))
)]
pub async fn list(
    State(state): State<AppState>,
    Administering { mut tx, .. }: Administering<Users>,
    Params(asked): Params<UsersQuery>,
) -> Result<Answer<Page<UserOut>>, ApiError> {
    if asked.q.is_some() {
        let bucket = Bucket::of_user("search", tx.admin.user_id);
        limits::spend(&state, &bucket, state.limits.searches).await?;
    }
    let in_phones =
        asked.q.as_deref().is_some_and(|q| q.len() >= LEAST_DIGITS && q.bytes().all(|b| b.is_ascii_digit()));
    let filter = Filter {
        query: asked.q,
        in_phones,
        status: asked.status,
        site_id: asked.site_id,
        user_id: None,
        offset: asked.page.offset(),
        limit: asked.page.limit(),
    };
    let (rows, total) = user_list::page(tx.connection(), &filter).await?;
    tx.commit().await?;
    Ok(Answer::siteless(asked.page.of(rows.into_iter().map(UserOut::from).collect(), total)))
}
