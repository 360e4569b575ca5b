//! A believable chain of billiard halls, deterministic by seed: who comes, who plays with whom, who pays how.
//!
//! A hall is simulated day by day from its first day on (`hall`); the randomness of a day comes from
//! (seed, hall, day) alone, so a day never changes when later ones are added. Nothing of the simulation is kept but its
//! seed and sizes (`cfg.demo_chain`): to continue, the hall is lived through again in memory, which takes well under a
//! second, and only the new days are written.
//!
//! | module | what |
//! |---|---|
//! | `spec` | sizes and seed; which halls they make |
//! | `dice` | randomness |
//! | `names` | made-up names and phones |
//! | `coach`, `member` | people: levels, shifts; habits, lapses, cards |
//! | `hall` | one business day: who comes, with whom they play, what they buy |
//! | `bill` | one settlement: what it costs, what is let off, who pays |
//! | `till` | what is written of it |
//! | `office` | platforms' statements, expenses, areas |
//! | `rows`, `write` | rows as COPY text; a range of days in one transaction |

mod bill;
mod coach;
mod dice;
mod hall;
mod member;
mod names;
mod office;
mod rows;
mod spec;
mod till;
mod write;

pub use spec::{ChainSpec, HallInfo};
pub use write::{Written, extend, last_day, seed_facts};
