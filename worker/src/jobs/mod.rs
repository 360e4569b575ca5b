//! What the jobs do. Each file that implements `Job` is thin: it turns a run into [`work::Work`] and an outcome; the
//! work itself is in functions that the replay of past days calls too.
pub mod morning;
pub mod recalls;
pub mod work;
