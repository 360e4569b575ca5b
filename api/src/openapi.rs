//! The OpenAPI 3.1 document, gathered from the routes, and the page that shows it.
use std::ops::RangeInclusive;

use axum::{
    Json, Router,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{Html, IntoResponse},
    routing::get,
};
use chrono::NaiveDate;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
        extensions::ExtensionsBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use utoipa_axum::router::UtoipaMethodRouter;

use crate::{
    error::Failure,
    extract::{AS_OF, Demand, MAX_ID},
    router,
    state::AppState,
};

/// The document before its routes.
pub fn head() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.schemas.insert(Failure::name().into_owned(), Failure::schema());
    let mut nested = Vec::new();
    Failure::schemas(&mut nested);
    components.schemas.extend(nested);
    let info = InfoBuilder::new().title("Neo-ZQYY").version(env!("CARGO_PKG_VERSION")).description(Some(
        "Coaches keep members coming back. Every answer is {code, data, message, runtime}.",
    ));
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// A route, and in the document what its handler's arguments demand of the caller.
pub fn guarded(
    (schemas, mut paths, methods): UtoipaMethodRouter<AppState>,
    demand: Demand,
) -> UtoipaMethodRouter<AppState> {
    for (path, item) in &mut paths.paths {
        for operation in operations(item) {
            // One extension: the document must not depend on the order of several.
            let said = json!({ "at": demand.place(), "anyOf": demand.any_of() });
            let said = ExtensionsBuilder::new().add("x-permission", said).build();
            operation.extensions.get_or_insert_default().merge(said);
            let token = || SecurityRequirement::new::<_, [&str; 0], _>("token", []);
            operation.security = (demand != Demand::Nothing).then(|| vec![token()]);
            let named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            parameters(operation, named.map(path_id));
        }
        if let (Demand::AtSite(_), Some(read)) = (demand, &mut item.get) {
            parameters(read, [as_of()]);
        }
        // Every write of a signed-in caller goes through `extract::Write`.
        if demand != Demand::Nothing {
            let writes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            for operation in writes.into_iter().flatten() {
                parameters(operation, [idempotency_key()]);
            }
        }
    }
    (schemas, paths, methods)
}

fn parameters(operation: &mut Operation, more: impl IntoIterator<Item = Parameter>) {
    // A route may have described its own ids better.
    let there = operation.parameters.iter().flatten();
    let there: Vec<String> = there
        .filter_map(|p| match p {
            RefOr::T(parameter) => Some(parameter.name.clone()),
            RefOr::Ref(_) => None,
        })
        .collect();
    let more: Vec<_> = more.into_iter().filter(|p| !there.contains(&p.name)).map(RefOr::T).collect();
    if !more.is_empty() {
        operation.parameters.get_or_insert_default().extend(more);
    }
}

fn path_id(name: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(id()))
        .build()
}

fn as_of() -> Parameter {
    let said = "The hall as it stood at the end of this business date, not after today nor before the first data. \
                Needs the permission time_machine.";
    query(AS_OF, false, said, date())
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Chosen by the client for this write: sent again with the same request, it gives the first answer again \
             (24 hours); with another request it is a 422.",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(200))
                .pattern(Some("^[!-~]+$")),
        ))
        .build()
}

/// What holds for every route: no field of an answer is ever left out, and every error has one shape.
pub fn finish(mut document: OpenApi) -> OpenApi {
    for (name, schema) in document.components.iter_mut().flat_map(|c| &mut c.schemas) {
        if !name.ends_with("Body")
            && let RefOr::T(schema) = schema
        {
            require_all(schema);
        }
    }
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for response in operation.responses.responses.values_mut() {
            // The specification wants words; the operation's own say what the answer is.
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                response.description = "The answer.".to_owned();
            }
        }
        let failure = Content::new(Some(Ref::from_schema_name(Failure::name())));
        let response = ResponseBuilder::new()
            .description("An error; docs/errors.md lists the codes.")
            .content("application/json", failure);
        operation.responses.responses.entry("default".to_owned()).or_insert_with(|| response.build().into());
    }
    document
}

fn require_all(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            object.required = object.properties.keys().cloned().collect();
            object.properties.values_mut().for_each(require_all_of);
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(require_all_of),
        Schema::AllOf(all) => all.items.iter_mut().for_each(require_all_of),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(require_all_of),
        _ => {}
    }
}

fn require_all_of(schema: &mut RefOr<Schema>) {
    if let RefOr::T(schema) = schema {
        require_all(schema);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// A parameter of a query string, as [`crate::extract::QueryReader`] reads it.
pub fn query(name: &str, required: bool, description: &str, schema: impl Into<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(if required { Required::True } else { Required::False })
        .description(Some(description))
        .schema(Some(schema.into()))
        .build()
}

/// Dates that are worth asking for: far beyond them the calendar ends.
pub const DATES: RangeInclusive<NaiveDate> = {
    match (NaiveDate::from_ymd_opt(2000, 1, 1), NaiveDate::from_ymd_opt(2199, 12, 31)) {
        (Some(first), Some(last)) => first..=last,
        _ => panic!("two dates of the calendar"),
    }
};

/// Schema of an id: 1 to 2^53 − 1.
pub fn id() -> ObjectBuilder {
    integer(1, MAX_ID)
}

/// Schema of a business date.
pub fn date() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

/// Schema of one of a few words.
pub fn one_of(words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

/// `page` and `pageSize`.
pub fn page() -> [Parameter; 2] {
    [
        query("page", false, "From 1 (1).", integer(1, u32::MAX.into())),
        query("pageSize", false, "Rows per page (20).", integer(1, 100)),
    ]
}

fn integer(minimum: i64, maximum: i64) -> ObjectBuilder {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
    let (minimum, maximum) = (minimum as f64, maximum as f64);
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(minimum))
        .maximum(Some(maximum))
}

/// `/openapi.json`, `/docs` and its script.
pub fn pages() -> Router<AppState> {
    const ONLY_OURS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                             frame-ancestors 'none'; base-uri 'none'";
    let page = Html(include_str!("../assets/docs.html"));
    Router::new()
        .route("/openapi.json", get(async || Json(router::document())))
        .route("/docs", get(async move || ([(CONTENT_SECURITY_POLICY, ONLY_OURS)], page).into_response()))
        .route(
            "/docs/docs.js",
            get(async || ([(CONTENT_TYPE, "text/javascript")], include_str!("../assets/docs.js"))),
        )
        .route(
            "/docs/docs.css",
            get(async || ([(CONTENT_TYPE, "text/css")], include_str!("../assets/docs.css"))),
        )
}
