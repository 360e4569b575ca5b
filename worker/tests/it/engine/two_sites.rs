//! Two sites with the same numbers for everything: a morning of one leaves every row of the other as it was.
use proptest::{prelude::*, test_runner::TestRunner};

use super::{
    case::{Case, case},
    stage::{Hall, Stage},
};

#[test]
fn two_sites_never_mix() {
    let stage = Stage::new();
    let config = ProptestConfig {
        cases: 40,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&(case(), case()), |(a, b)| {
        stage.runtime.block_on(async {
            let (mut here, mut there) = (stage.hall(&a).await, stage.hall(&b).await);
            for n in 0..a.days.len().max(b.days.len()) {
                day(&mut here, &a, n, &there).await?;
                day(&mut there, &b, n, &here).await?;
            }
            Ok(())
        })
    });
    if let Err(e) = result {
        panic!("{e}");
    }
}

/// A day of one site, which the other does not feel.
async fn day(hall: &mut Hall<'_>, case: &Case, n: usize, other: &Hall<'_>) -> Result<(), TestCaseError> {
    let Some(day) = case.days.get(n) else { return Ok(()) };
    let before = other.fingerprint().await;
    hall.day(day).await.map_err(|e| TestCaseError::fail(format!("day {n} of site {}: {e}", hall.site)))?;
    prop_assert_eq!(before, other.fingerprint().await, "site {} touched site {}", hall.site, other.site);
    Ok(())
}
