//! Who may do what: every operation of the document against every kind of caller.
use std::collections::BTreeMap;

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;
use testing::builders::User;

use crate::{
    app::{App, SECRET},
    ask::{self, Operation},
    world,
};

/// What each operation demands, as the rules of the house have it. `token`: any valid token; `-`: nothing. An operation
/// that is missing here fails the test, whatever its handler says.
const DEMANDS: &[(&str, &str)] = &[
    ("get /healthz", "-"),
    ("get /readyz", "-"),
    ("post /api/xcx/auth/login", "-"),
    ("post /api/xcx/auth/refresh", "-"),
    ("post /api/xcx/auth/logout", "-"),
    ("post /api/xcx/auth/dev-login", "-"),
    ("post /api/auth/login", "-"),
    ("post /api/auth/refresh", "-"),
    ("get /api/xcx/auth/me", "token"),
    ("post /api/xcx/auth/phone", "token"),
    ("post /api/xcx/auth/apply", "token"),
    ("get /api/xcx/auth/applications", "token"),
    ("post /api/xcx/auth/switch-site", "token"),
    ("get /api/xcx/tasks", "tasks.own tasks.site"),
    ("get /api/xcx/tasks/{id}", "tasks.own tasks.site"),
    ("post /api/xcx/tasks/{id}/pin", "tasks.own tasks.site"),
    ("post /api/xcx/tasks/{id}/unpin", "tasks.own tasks.site"),
    ("post /api/xcx/tasks/{id}/abandon", "tasks.own tasks.site"),
    ("post /api/xcx/tasks/{id}/cancel-abandon", "tasks.own tasks.site"),
    ("post /api/xcx/tasks/{id}/restore", "tasks.own tasks.site"),
    ("post /api/xcx/tasks/{id}/transfer", "tasks.transfer"),
    ("get /api/xcx/performance", "pay.own pay.site"),
    ("get /api/xcx/performance/records", "pay.own pay.site"),
    ("get /api/xcx/coaches/{id}", "pay.own coaches.site"),
    ("get /api/xcx/customers", "customers.own customers.site"),
    ("get /api/xcx/customers/{id}", "customers.own customers.site"),
    ("get /api/xcx/customers/{id}/records", "customers.own customers.site"),
    ("post /api/xcx/customers/{id}/contact", "customers.contact"),
    ("get /api/xcx/config/skill-types", "tasks.own board.coach"),
    ("get /api/xcx/ai-cache/{cacheType}", "ai"),
    ("get /api/xcx/board/coaches", "board.coach"),
    ("get /api/xcx/board/customers", "board.customer"),
    ("get /api/xcx/board/finance", "board.finance"),
    ("get /api/xcx/metrics/{name}", "time_machine"),
    ("get /api/xcx/replay/explain", "time_machine"),
    ("get /api/xcx/replay/compare", "time_machine"),
    ("get /api/xcx/notes", "notes"),
    ("post /api/xcx/notes", "notes"),
    ("delete /api/xcx/notes/{id}", "notes"),
    ("get /api/member-retention-clue", "clues"),
    ("post /api/member-retention-clue", "clues"),
    ("get /api/member-retention-clue/{id}", "clues"),
    ("put /api/member-retention-clue/{id}", "clues"),
    ("delete /api/member-retention-clue/{id}", "clues"),
    ("get /api/admin/task-rules", "rules"),
    ("put /api/admin/task-rules", "rules"),
    ("post /api/admin/task-rules/preview", "rules"),
    ("get /api/business-day", "business_day"),
    ("put /api/business-day", "business_day"),
    ("get /api/admin/runtime-context/{id}", "sandbox everywhere"),
    ("put /api/admin/runtime-context/{id}", "sandbox everywhere"),
    ("delete /api/admin/runtime-context/{id}", "sandbox everywhere"),
    ("get /api/admin/audit", "audit everywhere"),
    ("get /api/admin/users", "users everywhere"),
    ("get /api/admin/users/{id}", "users everywhere"),
    ("post /api/admin/users/{id}/disable", "users everywhere"),
    ("post /api/admin/users/{id}/enable", "users everywhere"),
    ("put /api/admin/users/{id}/roles", "users everywhere"),
    ("put /api/admin/users/{id}/binding", "users everywhere"),
    ("get /api/admin/applications", "applications everywhere"),
    ("post /api/admin/applications/{id}/approve", "applications everywhere"),
    ("post /api/admin/applications/{id}/reject", "applications everywhere"),
    ("get /api/ops/jobs", "ops everywhere"),
    ("get /api/ops/jobs/{id}", "ops everywhere"),
    ("put /api/ops/jobs/{id}", "ops everywhere"),
    ("get /api/ops/jobs/{id}/preview", "ops everywhere"),
    ("post /api/ops/jobs/{id}/enable", "ops everywhere"),
    ("post /api/ops/jobs/{id}/disable", "ops everywhere"),
    ("post /api/ops/jobs/{id}/run", "ops everywhere"),
    ("post /api/ops/jobs/preview", "ops everywhere"),
    ("get /api/ops/runs", "ops everywhere"),
    ("get /api/ops/runs/{id}", "ops everywhere"),
    ("post /api/ops/runs/{id}/retry", "ops everywhere"),
    ("post /api/ops/runs/{id}/cancel", "ops everywhere"),
    ("get /api/ops/events", "ops everywhere"),
    ("post /api/ops/events", "ops everywhere"),
    ("get /api/ops/queue", "ops everywhere"),
];

/// The permission matrix: what each role holds.
const MATRIX: &[(&[&str], &[&str])] = &[
    (&["coach", "manager"], &["tasks.own", "notes", "customers.own", "pay.own", "ai"]),
    (
        &["manager", "admin"],
        &[
            "tasks.site",
            "customers.site",
            "coaches.site",
            "customers.contact",
            "tasks.transfer",
            "rules",
            "clues",
        ],
    ),
    (
        &["manager", "finance", "admin"],
        &["board.coach", "board.customer", "board.finance", "pay.site", "time_machine"],
    ),
    (&["admin"], &["ops", "audit", "users", "applications", "sandbox", "business_day"]),
];

const ROLES: [&str; 4] = ["coach", "manager", "finance", "admin"];

/// Refusals at the gate; whatever else an operation answers, it let the caller in.
const GATE: [u64; 6] = [40101, 40102, 40103, 40301, 40302, 40305];

struct Demanded {
    operation: Operation,
    codes: Vec<&'static str>,
    at: &'static str,
}

/// The document's operations with what the table demands of them; both must say the same.
fn demanded() -> Vec<Demanded> {
    let mut table: BTreeMap<&str, &str> = DEMANDS.iter().copied().collect();
    assert_eq!(table.len(), DEMANDS.len(), "an operation stands twice in the table");
    let demanded = ask::operations()
        .into_iter()
        .map(|operation| {
            let name = operation.name();
            let demand = table.remove(name.as_str()).unwrap_or_else(|| panic!("{name} is not in the table"));
            let words: Vec<&str> = demand.split(' ').collect();
            let (codes, at) = match words.as_slice() {
                ["-"] => (vec![], "anybody"),
                ["token"] => (vec![], "token"),
                [codes @ .., "everywhere"] => (codes.to_vec(), "everywhere"),
                codes => (codes.to_vec(), "site"),
            };
            assert_eq!(
                (operation.at.as_str(), &operation.any_of),
                (at, &codes.iter().map(|c| (*c).to_owned()).collect()),
                "{name}"
            );
            assert_eq!(operation.said["security"].is_array(), at != "anybody", "{name}");
            Demanded { operation, codes, at }
        })
        .collect();
    assert!(table.is_empty(), "not in the document: {table:?}");
    demanded
}

fn holds(role: &str, codes: &[&str]) -> bool {
    MATRIX.iter().any(|(roles, held)| roles.contains(&role) && held.iter().any(|code| codes.contains(code)))
}

#[tokio::test]
async fn the_matrix_is_the_database_s() {
    let app = App::new().await;
    let held: Vec<(String, String)> =
        sqlx::query_as("SELECT role_code, permission_code FROM auth.role_permissions ORDER BY 1, 2")
            .fetch_all(app.dbs.owner())
            .await
            .unwrap();
    let mut wanted: Vec<(String, String)> = MATRIX
        .iter()
        .flat_map(|(roles, codes)| {
            roles.iter().flat_map(|r| codes.iter().map(|c| ((*r).to_owned(), (*c).to_owned())))
        })
        .collect();
    wanted.sort();
    assert_eq!(held, wanted);
}

#[tokio::test]
async fn every_operation_lets_in_whom_the_matrix_lets_in_and_nobody_else() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let of = ask::furnish(&app, hall).await;
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    let pending =
        User { status: "pending".into(), ..User::manager(hall.site) }.insert(&app.dbs).await.unwrap();
    let unknown_here = User::default().insert(&app.dbs).await.unwrap();
    let of_role = |role| match role {
        "coach" => hall.coach,
        "manager" => hall.manager,
        "finance" => hall.finance,
        _ => admin,
    };
    for Demanded { operation, codes, at } in demanded() {
        if at == "anybody" {
            continue;
        }
        let question = ask::question(&app, &operation, &of).await;
        let name = operation.name();
        let code = async |token: String| {
            let reply = ask::ask(&app, &token, &operation, &question).await;
            let (status, code) = reply.refusal();
            let wechat_is_off = code == 50305;
            assert!(status < 500 || wechat_is_off, "{name}: {}", reply.text);
            GATE.contains(&code).then_some(code)
        };
        for (role, site) in ROLES.iter().flat_map(|role| [(*role, true), (*role, false)]) {
            let token =
                if site { app.token(of_role(role), hall.site) } else { app.siteless_token(of_role(role)) };
            let expected = match at {
                "token" => None,
                "site" if !site => Some(40305),
                _ => (!holds(role, &codes)).then_some(40302),
            };
            assert_eq!(code(token).await, expected, "{name} as {role}, with a site: {site}");
        }
        let at_gate = |code| if at == "token" { None } else { Some(code) };
        assert_eq!(code(app.token(pending, hall.site)).await, at_gate(40301), "{name} while pending");
        // Going to a site needs a role there, whoever one is.
        let stranger = if name == "post /api/xcx/auth/switch-site" { Some(40302) } else { at_gate(40302) };
        assert_eq!(code(app.token(unknown_here, hall.site)).await, stranger, "{name} without a role");
    }
}

#[tokio::test]
async fn no_operation_takes_a_token_that_is_not_good() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let of = ask::furnish(&app, hall).await;
    let disabled = User { status: "disabled".into(), roles: vec![(None, "admin".into())], ..User::default() }
        .insert(&app.dbs)
        .await
        .unwrap();
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    let now = jsonwebtoken::get_current_timestamp();
    let sign = |exp: u64, secret: &str, ver: i32| {
        let claims = json!({ "sub": admin.to_string(), "site": hall.site, "ver": ver, "iat": 0, "exp": exp });
        let header = Header { kid: Some("1".to_owned()), ..Header::default() };
        encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    let good = sign(now + 600, SECRET, 0);
    let [_, payload, _] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let bad = [
        ("no token", String::new(), 40101),
        ("not a token", "x.y.z".to_owned(), 40101),
        // {"alg":"none","typ":"JWT","kid":"1"}
        ("alg none", format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiMSJ9.{payload}."), 40101),
        ("forged", sign(now + 600, "another secret of 32 bytes or more", 0), 40101),
        ("expired", sign(1_000_000_000, SECRET, 0), 40102),
        ("outdated", sign(now + 600, SECRET, 1), 40103),
        ("disabled", app.token(disabled, hall.site), 40103),
    ];
    let before = ask::rows_of_site(&app, hall.site).await;
    for Demanded { operation, at, .. } in demanded() {
        if at == "anybody" {
            continue;
        }
        let question = ask::question(&app, &operation, &of).await;
        for (what, token, code) in &bad {
            let reply = ask::ask(&app, token, &operation, &question).await;
            assert_eq!(reply.refusal(), (401, *code), "{}: {what}", operation.name());
            assert!(reply.json["data"].is_null(), "{}: {what}", operation.name());
        }
    }
    assert_eq!(ask::rows_of_site(&app, hall.site).await, before);
}
