//! apalis-board: for operators, to look at, and unable to do anything else.
use std::net::SocketAddr;

use reqwest::{Client, Method, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use testing::{Role, builders::User};

use crate::{app::App, world};

const PASSWORD: &str = "a long enough Passw0rd";
const TASKS: &str = "/api/v1/queues/zqyy_runs/tasks";

struct Board {
    app: App,
    url: String,
    client: Client,
}

impl Board {
    async fn new() -> Self {
        let app = App::new().await;
        let queue =
            PgPoolOptions::new().max_connections(2).connect_lazy_with(app.dbs.biz_options(Role::Board));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = api::board::router(app.state.clone(), &queue);
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, url, client: Client::builder().redirect(Policy::none()).build().unwrap() }
    }

    /// An administrator of that name, with [`PASSWORD`].
    async fn admin(&self, username: &str) -> i64 {
        let user = User { roles: vec![(None, "admin".into())], ..User::default() };
        let id = user.insert(&self.app.dbs).await.unwrap();
        self.named(id, username).await;
        id
    }

    async fn named(&self, user: i64, username: &str) {
        sqlx::query("UPDATE auth.users SET username = $2, password_hash = $3 WHERE id = $1")
            .bind(user)
            .bind(username)
            .bind(api::password::hash(PASSWORD).unwrap())
            .execute(self.app.dbs.owner())
            .await
            .unwrap();
    }

    async fn sign_in(&self, username: &str, password: &str) -> reqwest::Response {
        let form = format!("username={username}&password={}", password.replace(' ', "+"));
        let request = self.client.post(format!("{}/login", self.url));
        request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap()
    }

    async fn get(&self, path: &str, header: (&str, &str)) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).header(header.0, header.1).send().await.unwrap()
    }
}

async fn tickets(app: &App) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM apalis.jobs").fetch_one(app.dbs.owner()).await.unwrap()
}

#[tokio::test]
async fn an_operator_signs_in_by_the_form_and_sees_the_queue() {
    let board = Board::new().await;
    let admin = board.admin("root").await;
    let mut connection = board.app.dbs.worker().acquire().await.unwrap();
    store::jobs::ticket::push(&mut connection, &[(4711, 1)]).await.unwrap();

    let page = board.get("/", ("accept", "text/html")).await;
    assert_eq!(
        (page.status(), &page.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/login".parse().unwrap())
    );
    let form = board.get("/login", ("accept", "text/html")).await;
    assert!(form.text().await.unwrap().contains("name=\"password\""));

    let signed_in = board.sign_in("root", PASSWORD).await;
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    let cookie = signed_in.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for word in ["zqyy_board=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=900"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let page = board.get("/", ("cookie", cookie)).await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
    let text = page.text().await.unwrap();
    assert!(
        text.contains("src=\"/start.js\"") && !text.contains("import init"),
        "no script in the page: {text}"
    );
    let script = board.get("/start.js", ("cookie", cookie)).await.text().await.unwrap();
    assert!(script.contains("import init"), "{script}");
    let named = script.split('\'').find(|word| word.ends_with(".js")).unwrap();
    assert_eq!(board.get(named, ("cookie", cookie)).await.status(), 200, "{named}");

    for path in ["/api/v1/queues", "/api/v1/overview", "/api/v1/workers", "/api/v1/tasks", TASKS] {
        let answer = board.get(path, ("cookie", cookie)).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text().await.unwrap());
    }
    let tasks: Value = board.get(TASKS, ("cookie", cookie)).await.json().await.unwrap();
    assert!(tasks.to_string().contains("4711"), "{tasks}");
    // A script's token is as good.
    let bearer = format!("Bearer {}", board.app.siteless_token(admin));
    assert_eq!(board.get(TASKS, ("authorization", &bearer)).await.status(), 200);
    // Out means out, at the next request.
    sqlx::query("UPDATE auth.users SET status = 'disabled' WHERE id = $1")
        .bind(admin)
        .execute(board.app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(board.get(TASKS, ("cookie", cookie)).await.status(), 401);
}

#[tokio::test]
async fn nobody_else_gets_in() {
    let board = Board::new().await;
    let hall = world::hall(&board.app).await;
    board.named(hall.manager, "manager").await;
    board.admin("root").await;
    for (name, password, status) in [
        ("root", "wrong", StatusCode::UNAUTHORIZED),
        ("nobody", PASSWORD, StatusCode::UNAUTHORIZED),
        ("manager", PASSWORD, StatusCode::FORBIDDEN),
    ] {
        let refused = board.sign_in(name, password).await;
        assert_eq!(refused.status(), status, "{name}");
        assert!(refused.headers().get(header::SET_COOKIE).is_none());
        assert!(refused.text().await.unwrap().contains("<form"), "{name}");
    }
    let elsewhere = board
        .client
        .post(format!("{}/login", board.url))
        .header("sec-fetch-site", "cross-site")
        .body(format!("username=root&password={}", PASSWORD.replace(' ', "+")))
        .send()
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    for token in [board.app.token(hall.manager, hall.site), board.app.token(hall.coach, hall.site)] {
        let cookie = format!("zqyy_board={token}");
        assert_eq!(board.get(TASKS, ("cookie", &cookie)).await.status(), 403);
    }
    for (name, value) in
        [("x-nothing", "1"), ("cookie", "zqyy_board=x.y.z"), ("authorization", "Basic cm9vdDpyb290")]
    {
        for path in ["/", TASKS, "/start.js", "/api/v1/overview"] {
            assert_eq!(board.get(path, (name, value)).await.status(), 401, "{path} with {name}");
        }
    }
}

#[tokio::test]
async fn it_pushes_nothing_whoever_asks() {
    let board = Board::new().await;
    let admin = board.admin("root").await;
    let token = board.app.siteless_token(admin);
    for method in [Method::PUT, Method::POST, Method::DELETE, Method::PATCH] {
        for path in [TASKS, "/api/v1/tasks", "/"] {
            let request =
                board.client.request(method.clone(), format!("{}{path}", board.url)).bearer_auth(&token);
            let refused = request.json(&json!({ "run_id": 1 })).send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
    }
    assert_eq!(tickets(&board.app).await, 0);
    // And if it could ask the database, that would refuse.
    let role = sqlx::PgPool::connect_with(board.app.dbs.biz_options(Role::Board)).await.unwrap();
    for (sql, code) in [
        ("DELETE FROM apalis.jobs", "25006"),
        ("SELECT count(*) FROM biz.trigger_runs", "42501"),
        ("SELECT count(*) FROM biz.coach_tasks", "42501"),
        ("SELECT count(*) FROM auth.users", "42501"),
    ] {
        let refused = sqlx::query(sql).execute(&role).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some(code), "{sql}");
    }
    let mut tx = role.begin_with("BEGIN READ WRITE").await.unwrap();
    let refused = sqlx::query("DELETE FROM apalis.jobs").execute(&mut *tx).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"));
}
