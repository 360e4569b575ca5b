use axum::extract::State;
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::{MetricOut, id_param, metric_names, named, read_id, subject};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{FromQuery, Params, PathWord, Permitted, QueryReader, TimeMachine},
    metrics::{self, Depth, Tasks},
    openapi,
    routes::degrade::{Parts, core},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/metrics/{name}";

/// Of whom.
pub struct MetricQuery {
    id: Option<String>,
}

impl IntoParams for MetricQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let name = ParameterBuilder::new()
            .name("name")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("Which metric; docs/metrics.md says what each is."))
            .schema(Some(openapi::one_of(metric_names())))
            .build();
        vec![name, id_param()]
    }
}

impl FromQuery for MetricQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        Some(Self { id: read_id(query) })
    }
}

/// A metric by its name, of today or of the date of `asOf`. 404 for a member or coach whom the hall does not know.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT; 1 or 2 more where it counts
/// tasks), 7 to the warehouse (BEGIN, site, timeout, savepoint, for whom, the metric, ROLLBACK; up to 6 more where a metric
/// is of several views).
#[utoipa::path(
    get, path = "/api/xcx/metrics/{name}", operation_id = "showMetric", tag = "metrics", params(MetricQuery),
    responses((status = 200, body = Answer<MetricOut>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "as_of", "date": "2026-04-20", "revised": false },
        "data": {
            "name": "storedBalance", "label": "储值卡余额", "id": "1000291", "statDate": null,
            "figures": [{
                "name": "storedBalance", "label": "储值卡余额", "unit": "元", "value": 18080.0, "text": null
            }],
        },
    })))
)]
pub async fn show(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<TimeMachine>,
    name: PathWord,
    Params(asked): Params<MetricQuery>,
) -> Result<Answer<MetricOut>, ApiError> {
    let metric = named("name", name.get())?;
    let of = subject::of(metric, asked.id.as_deref())?;
    let ctx = tx.ctx;
    let tasks = Tasks::read(&mut tx, &ctx, (metric, of), Depth::Value).await.map_err(ApiError::core)?;
    tx.commit().await?;
    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    if !core!(parts, |tx| metrics::is_known(tx, &ctx, of)) {
        return Err(Kind::NotFound.into());
    }
    let reading = core!(parts, |tx| metrics::value(tx, &ctx, (metric, of), &tasks));
    parts.close().await;
    Ok(Answer::new(&ctx, MetricOut::new(metric, of, &reading)))
}
