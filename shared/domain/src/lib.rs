//! Pure rules of Neo-ZQYY: no I/O, no clock, no database types.
//!
//! Everything here is a function of its arguments. Time comes in as [`RuntimeContext`], built once per request or run
//! from the database's clock; a figure that does not take one does not compile into a page.
//!
//! | module | rules |
//! |---|---|
//! | [`accounts`] | roles, status, refresh tokens, what people type about themselves |
//! | [`boards`] | the order of coaches, figures beside those before |
//! | [`calendar`] | business dates, their instants, months, weeks, windows |
//! | [`coaching`] | a coach's way to the next tier, months in words, hearts of the closest members |
//! | [`period`] | what `week` or `lastMonth` means, and the period before it |
//! | [`runtime`] | what "now" and "today" mean for one request or run |
//! | [`labels`] | words and colours that pages show for codes |
//! | [`money`], [`hours`] | amounts, indices, hours: exact decimals with fixed places |
//! | [`notes`], [`clues`] | what people write down, and what it does to tasks |
//! | [`tasks`] | which task a pair gets, what a morning changes, recalls, follow-ups, hearts |
//! | [`text`] | what text may hold |

pub mod accounts;
pub mod boards;
pub mod calendar;
pub mod clues;
pub mod coaching;
pub mod hours;
pub mod labels;
pub mod money;
pub mod notes;
pub mod people;
pub mod period;
pub mod runtime;
pub mod schedule;
pub mod site;
pub mod tasks;
pub mod text;

pub use calendar::Calendar;
pub use hours::Hours;
pub use money::{Index, Money, RelationIndex};
pub use period::Period;
pub use runtime::{Mode, RuntimeContext};
pub use site::SiteId;
