use domain::accounts::status::ApplicationStatus;
use store::db::application::{self, Filter};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::application_out::ApplicationOut;
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{Administering, Applications, FromQuery, Params, QueryReader},
    openapi::{self, query},
};

/// Which applications.
pub struct ApplicationsQuery {
    status: Option<ApplicationStatus>,
    site_id: Option<i64>,
    page: PageRequest,
}

impl IntoParams for ApplicationsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let statuses = ApplicationStatus::ALL.iter().map(|status| status.as_str());
        let mut params = vec![
            query("status", false, "Only those.", openapi::one_of(statuses)),
            query("siteId", false, "Only those for this site.", openapi::id()),
        ];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for ApplicationsQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let status = query.optional("status", "以下之一:pending、approved、rejected");
        let (site_id, page) = (query.id("siteId"), query.page());
        Some(Self { status, site_id, page: page? })
    }
}

/// Applications of every site, newest first.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, caller, how many, rows, COMMIT), none
/// to the warehouse.
#[utoipa::path(
    get, path = "/api/admin/applications", operation_id = "listApplications", tag = "admin",
    params(ApplicationsQuery), responses((status = 200, body = Answer<Page<ApplicationOut>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 12, "userId": 41, "nickname": "小雨", "userStatus": "pending", "siteId": 1, "siteCode": "HALL01",
            "siteName": "朗朗桌球朝阳店", "roleCode": "coach", "phone": "139****5678", "employeeNumber": "A017",
            "status": "pending", "reviewNote": null, "reviewerName": null, "reviewedAt": null,
            "createdAt": "2026-11-21T02:10:00Z"
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": null
    })))
)]
pub async fn list(
    Administering { mut tx, .. }: Administering<Applications>,
    Params(asked): Params<ApplicationsQuery>,
) -> Result<Answer<Page<ApplicationOut>>, ApiError> {
    let filter = Filter {
        user_id: None,
        site_id: asked.site_id,
        status: asked.status,
        offset: asked.page.offset(),
        limit: asked.page.limit(),
    };
    let (rows, total) = application::page(tx.connection(), filter).await?;
    tx.commit().await?;
    Ok(Answer::siteless(asked.page.of(rows.into_iter().map(ApplicationOut::from).collect(), total)))
}
