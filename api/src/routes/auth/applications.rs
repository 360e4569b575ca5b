use store::db::application::{self, Filter};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::application_out::MyApplication;
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{FromQuery, Params, QueryReader, SignedIn},
    openapi,
};

/// Which page of one's applications.
pub struct MyApplicationsQuery(PageRequest);

impl IntoParams for MyApplicationsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        openapi::page().into()
    }
}

impl FromQuery for MyApplicationsQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        query.page().map(Self)
    }
}

/// One's own applications, newest first.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, caller, how many, rows, COMMIT), none
/// to the warehouse.
#[utoipa::path(
    get, path = "/api/xcx/auth/applications", operation_id = "listMyApplications", tag = "auth",
    params(MyApplicationsQuery), responses((status = 200, body = Answer<Page<MyApplication>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 12, "siteId": 1, "siteCode": "HALL01", "siteName": "朗朗桌球朝阳店", "roleCode": "coach",
            "phone": "139****5678", "employeeNumber": "A017", "status": "rejected", "reviewNote": "工号不对",
            "reviewedAt": "2026-11-21T05:00:00Z", "createdAt": "2026-11-21T02:10:00Z"
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": null
    })))
)]
pub async fn applications(
    SignedIn { mut tx, .. }: SignedIn,
    Params(MyApplicationsQuery(page)): Params<MyApplicationsQuery>,
) -> Result<Answer<Page<MyApplication>>, ApiError> {
    let filter = Filter {
        user_id: Some(tx.user.user_id),
        offset: page.offset(),
        limit: page.limit(),
        ..Filter::default()
    };
    let (rows, total) = application::page(tx.connection(), filter).await?;
    tx.commit().await?;
    Ok(Answer::siteless(page.of(rows.into_iter().map(MyApplication::from).collect(), total)))
}
