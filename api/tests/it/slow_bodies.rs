//! Bodies that do not come to an end.
use std::time::Duration;

use testing::TestDbs;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    app::{App, Sources},
    world,
};

/// However it is slow: by saying nothing more, or a byte at a time, with a length or in chunks; signed in or not.
#[tokio::test]
async fn a_body_that_does_not_arrive_is_408_and_holds_no_connection() {
    let keys = [("API__BODY_TIMEOUT_MS", "400")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let hall = world::hall(&app).await;
    let bearer = format!("Authorization: Bearer {}\r\n", app.token(hall.coach, hall.site));
    let (length, chunked) = ("Content-Length: 100", "Transfer-Encoding: chunked");
    let slow = [
        ("/api/xcx/notes", bearer.as_str(), length, "{\"targetType\"", ""),
        ("/api/xcx/notes", &bearer, length, "{", " "),
        ("/api/xcx/notes", &bearer, chunked, "1\r\n{\r\n", "1\r\n \r\n"),
        ("/api/xcx/auth/login", "", length, "{", " "),
    ]
    .map(|(path, bearer, framing, first, more)| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\n{bearer}Content-Type: application/json\r\n{framing}\r\n\r\n{first}"
        );
        dribble(app.url.trim_start_matches("http://"), head, more)
    });
    let (answers, held) = tokio::join!(futures::future::join_all(slow), async {
        // The writes have been counted, so that all of them wait for the rest.
        loop {
            let counted: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.rate_limits")
                .fetch_one(app.dbs.owner())
                .await
                .unwrap();
            if counted > 0 {
                break;
            }
        }
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND usename = 'zqyy_api' AND state LIKE 'idle in transaction%'",
        )
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
        open
    });
    assert_eq!(held, 0, "a transaction waits for a body");
    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("40801"), "{answer}");
    }
}

/// Sends the head, then `more` again and again until there is an answer.
async fn dribble(address: &str, head: String, more: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    loop {
        let read = tokio::time::timeout(Duration::from_millis(50), connection.read(&mut answer));
        match read.await {
            Ok(read) => return String::from_utf8_lossy(&answer[..read.unwrap()]).into_owned(),
            // (it may have been answered and closed in between)
            Err(_) => drop(connection.write_all(more.as_bytes()).await),
        }
    }
}
