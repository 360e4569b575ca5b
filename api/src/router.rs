//! Every route on one screen.
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    error::{ApiError, Kind},
    extract::Demand,
    harden, observe, openapi, routes,
    state::AppState,
};

/// A route of the document, with what its handler's arguments demand.
macro_rules! route {
    ($handler:path) => {
        openapi::guarded(utoipa_axum::routes!($handler), Demand::of(&$handler))
    };
}

/// The routes of the OpenAPI document.
fn documented(dev_login: bool) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::with_openapi(openapi::head())
        // GET  /healthz · /readyz
        .routes(route!(routes::health::healthz))
        .routes(route!(routes::health::readyz))
        // POST /api/xcx/auth/login · refresh · logout · phone · apply · switch-site · GET me · applications
        .routes(route!(routes::auth::login))
        .routes(route!(routes::auth::refresh))
        .routes(route!(routes::auth::logout))
        .routes(route!(routes::auth::phone))
        .routes(route!(routes::auth::apply))
        .routes(route!(routes::auth::switch_site))
        .routes(route!(routes::auth::me))
        .routes(route!(routes::auth::applications))
        // POST /api/auth/login · refresh
        .routes(route!(routes::office::login))
        .routes(route!(routes::office::refresh))
        // GET /api/admin/applications · POST {id}/approve · reject
        .routes(route!(routes::admin::applications::list))
        .routes(route!(routes::admin::applications::approve))
        .routes(route!(routes::admin::applications::reject))
        // GET /api/admin/users · {id} · POST {id}/disable · enable · PUT {id}/roles · binding
        .routes(route!(routes::admin::users::list))
        .routes(route!(routes::admin::users::show))
        .routes(route!(routes::admin::users::disable))
        .routes(route!(routes::admin::users::enable))
        .routes(route!(routes::admin::users::set_roles))
        .routes(route!(routes::admin::users::set_binding))
        // GET  /api/xcx/tasks
        .routes(route!(routes::tasks::list))
        // GET  /api/xcx/tasks/{id} · POST pin · unpin · abandon · cancel-abandon = restore · transfer
        .routes(route!(routes::tasks::show))
        .routes(route!(routes::tasks::pin))
        .routes(route!(routes::tasks::unpin))
        .routes(route!(routes::tasks::abandon))
        .routes(route!(routes::tasks::cancel_abandon))
        .routes(route!(routes::tasks::restore))
        .routes(route!(routes::tasks::transfer))
        // GET  /api/xcx/board/coaches · customers · finance
        .routes(route!(routes::board::coaches))
        .routes(route!(routes::board::customers))
        .routes(route!(routes::board::finance))
        // GET  /api/xcx/customers · {id} · {id}/records · POST {id}/contact
        .routes(route!(routes::customers::search))
        .routes(route!(routes::customers::show))
        .routes(route!(routes::customers::records))
        .routes(route!(routes::customers::contact))
        // GET  /api/xcx/config/skill-types · ai-cache/{cacheType}
        .routes(route!(routes::config::skill_types))
        .routes(route!(routes::ai_cache::show))
        // GET  /api/xcx/metrics/{name} · replay/explain · replay/compare
        .routes(route!(routes::metrics::show))
        .routes(route!(routes::replay::explain))
        .routes(route!(routes::replay::compare))
        // GET  /api/xcx/performance · performance/records
        .routes(route!(routes::performance::overview))
        .routes(route!(routes::performance::records))
        // GET  /api/xcx/coaches/{id}
        .routes(route!(routes::coaches::show))
        // POST /api/xcx/notes · GET /api/xcx/notes
        .routes(route!(routes::notes::create))
        .routes(route!(routes::notes::list))
        // DELETE /api/xcx/notes/{id}
        .routes(route!(routes::notes::delete))
        // GET · POST /api/member-retention-clue · GET · PUT · DELETE /api/member-retention-clue/{id}
        .routes(route!(routes::clues::list))
        .routes(route!(routes::clues::create))
        .routes(route!(routes::clues::show))
        .routes(route!(routes::clues::edit))
        .routes(route!(routes::clues::delete))
        // GET · PUT /api/admin/task-rules · POST /api/admin/task-rules/preview
        .routes(route!(routes::admin::task_rules::show))
        .routes(route!(routes::admin::task_rules::edit))
        .routes(route!(routes::admin::task_rules::preview))
        // GET · PUT · DELETE /api/admin/runtime-context/{id}
        .routes(route!(routes::admin::runtime_context::show))
        .routes(route!(routes::admin::runtime_context::enter))
        .routes(route!(routes::admin::runtime_context::leave))
        // GET  /api/admin/audit
        .routes(route!(routes::admin::audit::list))
        // GET /api/ops/jobs · {id} · {id}/preview · PUT {id} · POST {id}/enable · disable · run · preview
        .routes(route!(routes::ops::jobs::list))
        .routes(route!(routes::ops::jobs::show))
        .routes(route!(routes::ops::jobs::edit))
        .routes(route!(routes::ops::jobs::enable))
        .routes(route!(routes::ops::jobs::disable))
        .routes(route!(routes::ops::jobs::run))
        .routes(route!(routes::ops::jobs::upcoming))
        .routes(route!(routes::ops::jobs::preview))
        // GET /api/ops/runs · {id} · POST {id}/retry · cancel
        .routes(route!(routes::ops::runs::list))
        .routes(route!(routes::ops::runs::show))
        .routes(route!(routes::ops::runs::retry))
        .routes(route!(routes::ops::runs::cancel))
        // GET · POST /api/ops/events · GET /api/ops/queue
        .routes(route!(routes::ops::events::list))
        .routes(route!(routes::ops::events::fire))
        .routes(route!(routes::ops::queue))
        // GET · PUT /api/business-day
        .routes(route!(routes::business_day::show))
        .routes(route!(routes::business_day::change));
    // POST /api/xcx/auth/dev-login
    if dev_login { routes.routes(route!(routes::auth::dev_login)) } else { routes }
}

/// The whole API over `state`.
pub fn router(state: AppState) -> Router {
    let (mut router, _) = documented(state.dev_login).split_for_parts();
    if state.serves_docs {
        router = router.merge(openapi::pages());
    }
    router
        .fallback(no_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(state.body_limit))
        .layer(CatchPanicLayer::custom(harden::panicked))
        .layer(from_fn_with_state(state.clone(), harden::time_limit))
        .layer(from_fn(harden::headers))
        .layer(from_fn_with_state(state.trusted_proxies.clone(), observe::observe))
        .with_state(state)
}

/// The OpenAPI 3.1 document of every route, dev-login included.
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::finish(documented(true).into_openapi())
}

async fn no_route() -> Response {
    ApiError::from(Kind::NoRoute).into_response()
}

async fn method_not_allowed() -> Response {
    ApiError::from(Kind::MethodNotAllowed).into_response()
}
