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
//! | [`customers`], [`ai_cache`] | searching, favourite coaches; what the AI keeps, and of whom |
//! | [`coaching`] | a coach's new customers, months in words, hearts of the closest members, lists of tasks |
//! | [`period`] | what `week` or `lastMonth` means, and the period before it |
//! | [`runtime`] | what "now" and "today" mean for one request or run |
//! | [`labels`] | words and colours that pages show for codes |
//! | [`metrics`] | the registry of figures that are asked for by name; rows behind them, and what changed |
//! | [`money`], [`hours`] | amounts, indices, hours: exact decimals with fixed places |
//! | [`notes`], [`clues`] | what people write down, and what it does to tasks |
//! | [`tasks`] | which task a pair gets, what a morning changes, recalls, follow-ups, hearts |
//! | [`text`] | what text may hold |

pub mod accounts;
pub mod ai_cache;
pub mod boards;
pub mod calendar;
pub mod clues;
pub mod coaching;
pub mod customers;
pub mod hours;
pub mod labels;
pub mod metrics;
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
pub use runtime::{FutureDate, Mode, RuntimeContext};
pub use site::SiteId;
