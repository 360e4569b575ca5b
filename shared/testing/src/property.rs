//! Properties over a real database: many random cases, one runtime, one pair of databases.
use crate::TestDbs;
use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestRunner},
};

/// The least number of cases that counts as a test of a property.
pub const CASES: u32 = 200;

/// Runs `property` on [`CASES`] cases over the same databases. Panics with the smallest failing case, and the databases
/// stay.
///
/// ```no_run
/// use proptest::{prop_assert_eq, strategy::Just};
/// testing::property::holds(&Just(1), async |dbs: &testing::TestDbs, one: i32| {
///     let found: i32 = sqlx::query_scalar("SELECT $1").bind(one).fetch_one(dbs.api()).await.unwrap();
///     prop_assert_eq!(found, one);
///     Ok(())
/// });
/// ```
pub fn holds<S: Strategy>(
    strategy: &S,
    property: impl AsyncFn(&TestDbs, S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime for the test: {error}"),
    };
    let _entered = runtime.enter(); // (pools are dropped in a runtime)
    let dbs = runtime.block_on(TestDbs::new()).unwrap_or_else(|error| panic!("{error:#}"));
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(strategy, |case| runtime.block_on(property(&dbs, case)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
