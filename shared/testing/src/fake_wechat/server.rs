//! The three calls.
use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State as Shared},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    APP_ID, APP_SECRET,
    codes::Code,
    openid,
    state::{Presented, State, Worth},
};

pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/sns/jscode2session", get(session))
        .route("/cgi-bin/stable_token", post(token))
        .route("/wxa/business/getuserphonenumber", post(phone))
        .with_state(state)
}

/// Errors come with status 200.
fn refuse(code: i64, words: &str) -> Response {
    Json(json!({ "errcode": code, "errmsg": format!("{words} rid: fake") })).into_response()
}

fn unknown_app(app_id: Option<&str>, secret: Option<&str>) -> Option<Response> {
    match (app_id, secret) {
        (Some(APP_ID), Some(APP_SECRET)) => None,
        (Some(APP_ID), _) => Some(refuse(40125, "invalid appsecret")),
        _ => Some(refuse(40013, "invalid appid")),
    }
}

async fn session(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let asked = |name: &str| query.get(name).map(String::as_str);
    state.lock().asked.sessions += 1;
    if let Some(refused) = unknown_app(asked("appid"), asked("secret")) {
        return refused;
    }
    if asked("grant_type") != Some("authorization_code") {
        return refuse(40002, "invalid grant_type");
    }
    let presented = state.lock().present(asked("js_code").unwrap_or_default());
    let name = match presented {
        Presented::Busy => return refuse(-1, "system error"),
        Presented::Worthless => return refuse(40029, "invalid code"),
        Presented::Good(Code::Person(name) | Code::Busy(_, name)) => name,
        Presented::Good(Code::Slow(millis, name)) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            name
        }
        Presented::Good(other) => return aside(&other),
    };
    Json(json!({ "session_key": "ZmFrZS1zZXNzaW9uLWtleQ==", "openid": openid(&name) })).into_response()
}

/// What either call may be asked to fail with.
fn aside(code: &Code) -> Response {
    match code {
        Code::Fail(code, true) => {
            Json(json!({ "errcode": code.to_string(), "errmsg": "as asked" })).into_response()
        }
        Code::Fail(code, false) => refuse(*code, "as asked"),
        Code::Html(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, Html("<html><body>gateway</body></html>")).into_response()
        }
        _ => refuse(40029, "invalid code"),
    }
}

async fn token(Shared(state): Shared<Arc<State>>, Json(body): Json<Value>) -> Response {
    if let Some(refused) = unknown_app(body["appid"].as_str(), body["secret"].as_str()) {
        return refused;
    }
    if body["grant_type"] != "client_credential" {
        return refuse(40002, "invalid grant_type");
    }
    let (token, seconds) = state.lock().stable_token(body["force_refresh"].as_bool().unwrap_or(false));
    Json(json!({ "access_token": token, "expires_in": seconds })).into_response()
}

async fn phone(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<HashMap<String, String>>,
    Json(body): Json<Value>,
) -> Response {
    let mut memory = state.lock();
    memory.asked.phones += 1;
    match memory.worth(query.get("access_token").map_or("", String::as_str)) {
        Worth::Good => {}
        Worth::Expired => return refuse(42001, "access_token expired"),
        Worth::Invalid => return refuse(40001, "invalid credential, access_token is invalid or not latest"),
    }
    let (country, number) = match memory.present(body["code"].as_str().unwrap_or_default()) {
        Presented::Good(Code::Phone(country, number)) => (country, number),
        Presented::Good(other) => return aside(&other),
        Presented::Busy => return refuse(-1, "system error"),
        Presented::Worthless => return refuse(40029, "invalid code"),
    };
    let whole = if country == "86" { number.clone() } else { format!("+{country}{number}") };
    Json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": whole,
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": { "timestamp": 0, "appid": APP_ID },
        },
    }))
    .into_response()
}
