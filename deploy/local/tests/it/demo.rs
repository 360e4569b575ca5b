//! `cargo demo`: from nothing to a coach's task list, one more day, a worker that is killed, and nothing left behind.
use std::{net::TcpListener, time::Duration};

use nix::sys::signal::{Signal, kill};
use serde_json::Value;
use sqlx::PgPool;

use crate::stage::{Stage, lives, pid, readme_commands, wait, week_commands};

/// Recalls completed and the follow-ups that came of them.
async fn recalls(biz: &PgPool) -> (i64, i64) {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE task_type LIKE '%recall' AND status = 'completed'),
                count(*) FILTER (WHERE task_type = 'follow_up_visit' AND parent_task_id IS NOT NULL)
         FROM biz.coach_tasks",
    )
    .fetch_one(biz)
    .await
    .unwrap()
}

fn text(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_lives_as_readme_says_and_leaves_nothing_behind() {
    let stage = Stage::set("demo");
    let without = stage.run(&["next-day"]);
    assert!(!without.status.success() && text(&without).contains("cargo demo"), "{}", text(&without));

    let demo = stage.demo(&[]);
    let env = stage.env();
    let biz = PgPool::connect(&env["BIZ_DATABASE_URL"]).await.unwrap();

    every_login_works(&env).await;
    the_board_shows_the_queue_to_the_administrator(&env).await;
    the_replay_left_history(&biz).await;
    what_readme_says_happens(&stage, &biz).await;
    a_coachs_week_is_lived(&stage, &biz).await;
    a_killed_worker_comes_back(&stage, &biz).await;

    let second = stage.run(&[]);
    assert!(!second.status.success() && text(&second).contains("a demo runs in"), "{}", text(&second));

    biz.close().await;
    let env = stage.env();
    assert!(demo.stop().success());
    nothing_runs(&stage, &env);

    // Warm, though somebody took the port; all data is there; other sizes are refused.
    let port = env["API_URL"].rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let demo = stage.demo(&[]);
    let again = stage.env();
    assert_ne!(again["API_URL"], env["API_URL"]);
    let biz = PgPool::connect(&again["BIZ_DATABASE_URL"]).await.unwrap();
    assert!(recalls(&biz).await.0 > 0);
    biz.close().await;
    assert!(demo.stop().success());
    drop(taken);
    let other = stage.run(&["--no-build", "--sites", "5"]);
    assert!(!other.status.success() && text(&other).contains("--fresh"), "{}", text(&other));
    nothing_runs(&stage, &again);
    stage.clear();
}

async fn every_login_works(env: &std::collections::HashMap<String, String>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (token, tasks) in
        [("TOKEN_COACH", 200), ("TOKEN_MANAGER", 200), ("TOKEN_FINANCE", 403), ("TOKEN_ADMIN", 200)]
    {
        let get = async |path: &str| {
            let url = format!("{}{path}", env["API_URL"]);
            client.get(url).bearer_auth(&env[token]).send().await.unwrap()
        };
        assert_eq!(get("/api/xcx/auth/me").await.status(), 200, "{token}");
        assert_eq!(get("/api/xcx/tasks").await.status(), tasks, "{token}");
    }
    let tasks = client.get(format!("{}/api/xcx/tasks", env["API_URL"])).bearer_auth(&env["TOKEN_COACH"]);
    let answer: Value = tasks.send().await.unwrap().json().await.unwrap();
    let list = answer["data"]["list"].as_array().unwrap();
    assert!(!list.is_empty(), "the coach has no task this morning: {answer}");
    assert!(list.iter().all(|task| task["memberName"].is_string()), "{answer}");
    // By WeChat: the coach at their hall, and anybody else as a new user.
    for (code, status) in
        [(format!("wx-{}-1", env["USER_COACH"]), "approved"), ("wx-stranger-1".into(), "new")]
    {
        let login = client.post(format!("{}/api/xcx/auth/login", env["API_URL"]));
        let answer: Value =
            login.json(&serde_json::json!({ "code": code })).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["status"], status, "{code}: {answer}");
    }
    let metrics = client.get(&env["METRICS_URL"]).send().await.unwrap();
    assert_eq!(metrics.status(), 200);
}

/// In a browser's steps: sent to the form, signed in with what the demo printed, the page, and the queue in it.
async fn the_board_shows_the_queue_to_the_administrator(env: &std::collections::HashMap<String, String>) {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let board = &env["BOARD_URL"];
    let sent = client.get(board).header("accept", "text/html").send().await.unwrap();
    assert_eq!((sent.status().as_u16(), &sent.headers()["location"]), (303, &"/login".parse().unwrap()));
    assert_eq!(client.get(format!("{board}/api/v1/queues")).send().await.unwrap().status(), 401);
    let form = format!("username={}&password={}", env["USER_ADMIN"], env["PASSWORD_ADMIN"]);
    let signed_in = client.post(format!("{board}/login")).body(form).send().await.unwrap();
    assert_eq!(signed_in.status(), 303);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = async |path: &str| {
        let answer = client.get(format!("{board}{path}")).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    assert!(get("/").await.contains("/start.js"));
    assert!(get("/api/v1/queues").await.contains("zqyy_runs"));
    let workers = get("/api/v1/workers").await;
    assert!(workers.contains("worker-"), "the demo's worker is not seen: {workers}");
    let pushed = client.put(format!("{board}/api/v1/queues/zqyy_runs/tasks")).header("cookie", &cookie);
    assert_eq!(pushed.json(&serde_json::json!({ "run_id": 1 })).send().await.unwrap().status(), 405);
}

async fn the_replay_left_history(biz: &PgPool) {
    let (mornings, notes, months, abandoned): (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(DISTINCT created_at::date) FROM biz.coach_task_history),
                (SELECT count(*) FROM biz.notes),
                (SELECT count(DISTINCT stat_month) FROM biz.dws_assistant_task_monthly),
                (SELECT count(*) FROM biz.coach_task_history WHERE action = 'abandoned')",
    )
    .fetch_one(biz)
    .await
    .unwrap();
    assert!(
        mornings >= 50 && notes >= 20 && months >= 2 && abandoned >= 1,
        "{mornings} {notes} {months} {abandoned}"
    );
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.trigger_events WHERE dispatched_at IS NULL")
        .fetch_one(biz)
        .await
        .unwrap();
    assert_eq!(left, 0, "events of the replay wait for the workers");
}

/// README's block, typed as it stands: the coach's list, then one more day. Nobody may come back on a single quiet day.
async fn what_readme_says_happens(stage: &Stage, biz: &PgPool) {
    let before = recalls(biz).await;
    let typed = stage.shell(&readme_commands());
    let said = text(&typed);
    assert!(typed.status.success(), "{said}");
    assert!(said.contains("\"code\":0") && said.contains("recalls completed"), "{said}");
    assert!(said.contains("\"accessToken\":\""), "the newcomer did not sign in: {said}");
    for _ in 0..4 {
        let now = recalls(biz).await;
        if now.0 > before.0 && now.1 > before.1 {
            return;
        }
        let day = stage.run(&["next-day"]);
        assert!(day.status.success(), "{}", text(&day));
    }
    panic!("five days, and nobody came back: {before:?} before, {:?} now", recalls(biz).await);
}

/// docs/coach-week.md, typed as it stands, and what it says must be there afterwards.
async fn a_coachs_week_is_lived(stage: &Stage, biz: &PgPool) {
    let typed = stage.shell(&week_commands());
    let said = text(&typed);
    assert!(typed.status.success(), "{said}");
    let answers: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let codes: Vec<u64> = answers.iter().filter_map(|answer| answer["code"].as_u64()).collect();
    assert!(codes.len() >= 15, "{said}");
    // Before the approval, and after signing out.
    let refused: Vec<u64> = codes.into_iter().filter(|code| *code != 0).collect();
    assert_eq!(refused, [40301, 40106], "{said}");
    let told: Vec<(String, bool, Option<f64>)> = sqlx::query_as(
        "SELECT h.action, h.actor_user_id IS NOT DISTINCT FROM b.user_id, (h.detail ->> 'aiScore')::float8
         FROM auth.users u
         JOIN auth.user_assistant_binding b ON b.user_id = u.id
         JOIN biz.coach_tasks t ON t.site_id = b.site_id AND t.assistant_id = b.assistant_id AND t.status = 'completed'
         JOIN biz.coach_task_history h ON h.site_id = t.site_id AND h.task_id = t.id
         WHERE u.phone = '13912345678' ORDER BY h.created_at, h.id",
    )
    .fetch_all(biz)
    .await
    .unwrap();
    let told: Vec<_> = told.iter().map(|(what, own, score)| (what.as_str(), *own, *score)).collect();
    let own = |what| (what, true, None);
    let mut lived = vec![("created", false, None), own("pinned"), own("abandoned"), own("abandon_cancelled")];
    lived.push(("completed", false, Some(7.0)));
    assert_eq!(told, lived);
    let handed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM biz.coach_tasks t
         JOIN biz.coach_tasks was ON was.site_id = t.site_id AND was.id = t.parent_task_id AND was.status = 'transferred'
         JOIN auth.user_assistant_binding b ON b.site_id = t.site_id AND b.assistant_id = t.assistant_id
         JOIN auth.users u ON u.id = b.user_id AND u.phone = '13912345678'
         WHERE t.status = 'active'",
    )
    .fetch_one(biz)
    .await
    .unwrap();
    assert_eq!(handed, 1, "{said}");
}

async fn a_killed_worker_comes_back(stage: &Stage, biz: &PgPool) {
    let killed = pid(&stage.env(), "WORKER_PID");
    kill(killed, Signal::SIGKILL).unwrap();
    let next = wait(Duration::from_secs(30), || {
        Some(pid(&stage.env(), "WORKER_PID")).filter(|pid| *pid != killed && lives(*pid))
    });
    assert!(next.is_some(), "no new worker");
    let day = stage.run(&["next-day"]);
    assert!(day.status.success(), "{}", text(&day));
    let doubled: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM biz.coach_task_history WHERE action = 'completed'
                               GROUP BY site_id, task_id HAVING count(*) > 1) AS twice",
    )
    .fetch_one(biz)
    .await
    .unwrap();
    assert_eq!(doubled, 0);
}

fn nothing_runs(stage: &Stage, env: &std::collections::HashMap<String, String>) {
    for name in ["API_PID", "WORKER_PID"] {
        assert!(!lives(pid(env, name)), "{name} still runs");
    }
    assert!(!stage.file("postgres/data/postmaster.pid").exists(), "the database server still runs");
    let left = stage.processes();
    assert!(left.is_empty(), "still running: {left:#?}");
}
