//! What a worker asks of the database when there is nothing to do, counted on the wire.
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use testing::Role;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    time::Instant,
};
use worker::Registry;

use crate::fixture::{Fixture, app, environment, eventually, start};

/// The protocol's number of a request for TLS, which has no reply of the usual kind.
const TLS_REQUEST: i32 = 80_877_103;

/// Passes a client's messages on and counts those that make the server execute something.
async fn count(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    statements: Arc<AtomicU32>,
) -> io::Result<()> {
    let mut greeted = false;
    loop {
        let kind = if greeted { Some(from.read_u8().await?) } else { None };
        let length = from.read_i32().await?;
        let mut body = vec![0; usize::try_from(length - 4).unwrap()];
        from.read_exact(&mut body).await?;
        match kind {
            // Query, and Execute of a prepared one.
            Some(b'Q' | b'E') => drop(statements.fetch_add(1, Ordering::Relaxed)),
            Some(_) => {}
            None => greeted = body[..4] != TLS_REQUEST.to_be_bytes(),
        }
        let mut message = kind.map_or_else(Vec::new, |kind| vec![kind]);
        message.extend(length.to_be_bytes());
        message.extend(body);
        to.write_all(&message).await?;
    }
}

/// A place in front of the server that counts; answers its port.
async fn counting(server: String, statements: Arc<AtomicU32>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let there = TcpStream::connect(&server).await.unwrap();
            let ((from, mut back), (mut answers, to)) = (client.into_split(), there.into_split());
            // Either side ends when a connection does.
            tokio::spawn(count(from, to, statements.clone()));
            tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_asks_no_more_than_three_times_a_second() {
    let f = Fixture::new().await;
    let url = f.dbs.biz_url(Role::Worker);
    let (login, place) = url.rsplit_once('@').unwrap();
    let (server, database) = place.split_once('/').unwrap();
    let statements = Arc::new(AtomicU32::new(0));
    let port = counting(server.to_owned(), statements.clone()).await;
    let through = format!("{login}@127.0.0.1:{port}/{database}");
    let w = start(app(environment(through, f.dbs.etl_url(Role::EtlReader))).await, Registry::standard());
    eventually("the worker has registered", async || {
        f.count("SELECT count(*) FROM apalis.workers").await == 1
            && f.count("SELECT count(*) FROM biz.trigger_workers").await == 1
    })
    .await;
    // Past the first looks of everything that has just been started.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let began = Instant::now();
    let first = statements.load(Ordering::Relaxed);
    // Long enough for every clock in the process: registration and signs of life come every 15 s.
    tokio::time::sleep(Duration::from_secs(30)).await;
    let asked = statements.load(Ordering::Relaxed) - first;
    let rate = f64::from(asked) / began.elapsed().as_secs_f64();
    println!("{asked} statements, {rate:.2} per second");
    assert!(asked >= 20, "{asked}: it has not looked every second");
    assert!(rate <= 3.0, "{rate:.2} per second");
    w.stop().await;
}
