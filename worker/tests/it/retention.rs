//! What `queue_prune` takes of accounts and writes, as the worker's role, and what it leaves.
use store::scheduler::prune;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn what_signing_in_and_writing_leave_behind_goes_when_it_is_worth_nothing() {
    let f = Fixture::new().await;
    f.sql(
        "INSERT INTO auth.users (username) VALUES ('somebody');
         INSERT INTO auth.refresh_tokens (token_hash, family, user_id, audience, expires_at, used_at)
         SELECT sha256(n::text::bytea), '00000000-0000-0000-0000-000000000001', u.id, 'mini_program',
                now() + n * interval '1 hour', now()
         FROM auth.users u, generate_series(-3, 3) AS n;
         UPDATE auth.refresh_tokens t SET parent_id = p.id, generation = 1
         FROM auth.refresh_tokens p WHERE p.expires_at + interval '1 hour' = t.expires_at;
         INSERT INTO biz.idempotency_keys (user_id, key, route, request_hash, created_at)
         SELECT u.id, 'key-' || n, 'POST /x', sha256(''), now() - n * interval '8 hours'
         FROM auth.users u, generate_series(0, 5) AS n;
         INSERT INTO biz.rate_limits (bucket, arrival)
         SELECT 'write:user:' || n, now() + n * interval '1 minute' FROM generate_series(-2, 2) AS n",
    )
    .await;
    let removed = prune::batch(f.dbs.worker()).await.unwrap();
    assert_eq!((removed.refresh_tokens, removed.idempotency_keys, removed.rate_limits), (3, 3, 3));
    assert!(prune::batch(f.dbs.worker()).await.unwrap().is_empty());
    let orphans = "SELECT count(*) FROM auth.refresh_tokens WHERE generation = 1 AND parent_id IS NULL";
    assert_eq!(f.count(orphans).await, 1, "a child outlives its parent");
    assert_eq!(f.count("SELECT count(*) FROM biz.idempotency_keys").await, 3);
}
