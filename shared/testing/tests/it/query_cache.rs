//! `.sqlx` is what the programs are compiled against: each cached query, described anew by a migrated database, must
//! say the same columns, types, parameters and nullability.
#![expect(clippy::disallowed_types, reason = "the text of the committed queries, described and not run")]
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, SqlSafeStr as _};
use std::{fs, path::PathBuf};
use testing::TestDbs;

/// A cached query: its file, text, and description.
pub fn cached(krate: &str) -> Vec<(String, String, Value)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join(".sqlx");
    let files = fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| {
            let cached: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (
                format!("{krate}/.sqlx/{name}"),
                cached["query"].as_str().unwrap().to_owned(),
                cached["describe"].clone(),
            )
        })
        .collect()
}

/// Nullability is partly read from a plan, which follows the statistics of the day. It does not count where the query
/// itself says (`name!`, `name?`); elsewhere "unknown" is compiled as "may be null", and the two are the same.
fn settled(mut description: Value) -> Value {
    let says: Vec<bool> = description["columns"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|column| {
            column["name"].as_str().is_some_and(|name| name.ends_with(['!', '?']) || name.contains("!: "))
        })
        .collect();
    for (nullable, says) in description["nullable"].as_array_mut().into_iter().flatten().zip(says) {
        if nullable.is_null() || says {
            *nullable = Value::Bool(true);
        }
    }
    description
}

/// The queries whose description differs now.
async fn stale(pool: &PgPool, queries: Vec<(String, String, Value)>) -> Vec<String> {
    let mut connection = pool.acquire().await.unwrap();
    let mut stale = vec![];
    for (file, query, was) in queries {
        match (&mut *connection).describe(AssertSqlSafe(query.clone()).into_sql_str()).await {
            Ok(is) => {
                let is = settled(serde_json::to_value(is).unwrap());
                if is != settled(was.clone()) {
                    stale.push(format!("{file}: {query}\n  cached: {was}\n  now:    {is}"));
                }
            }
            Err(error) => stale.push(format!("{file}: {query}\n  {error}")),
        }
    }
    stale
}

#[tokio::test]
async fn every_cached_query_fits_the_migrated_databases() {
    let dbs = TestDbs::new().await.unwrap();
    let mut found = 0;
    let mut wrong = vec![];
    for (pool, krate) in
        [(dbs.owner(), "store"), (dbs.etl_owner(), "warehouse"), (dbs.etl_owner(), "reference")]
    {
        let queries = cached(krate);
        found += queries.len();
        wrong.extend(stale(pool, queries).await);
    }
    assert!(found > 20, "only {found} cached queries were found");
    assert!(wrong.is_empty(), "run .ci/regenerate; stale:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_changed_column_and_a_missing_table_are_noticed() {
    let dbs = TestDbs::new().await.unwrap();
    let text = "SELECT site_id, name FROM biz.sites".to_owned();
    let mut connection = dbs.owner().acquire().await.unwrap();
    let was = (&mut *connection).describe(AssertSqlSafe(text.clone()).into_sql_str()).await.unwrap();
    let query = |text: &str| vec![("q".to_owned(), text.to_owned(), serde_json::to_value(&was).unwrap())];
    assert!(stale(dbs.owner(), query(&text)).await.is_empty());
    sqlx::query("ALTER TABLE biz.sites ALTER COLUMN name DROP NOT NULL").execute(dbs.owner()).await.unwrap();
    assert_eq!(stale(dbs.owner(), query(&text)).await.len(), 1);
    assert_eq!(stale(dbs.owner(), query("SELECT 1 FROM biz.nowhere")).await.len(), 1);
}
