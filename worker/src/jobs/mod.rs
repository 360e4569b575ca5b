//! What the jobs do, one file per job type or family.
//!
//! A handler is thin: it makes [`work::Work`] of its run and an [`crate::Outcome`] of what came of it. The work itself
//! is in functions that the replay of past days calls too: [`morning::run`], [`recalls::complete`],
//! [`follow_ups::answer`], [`note_score::judge`], [`expiry::run`].
pub mod expiry;
pub mod follow_ups;
pub mod morning;
pub mod note_score;
pub mod recalls;
pub mod work;
