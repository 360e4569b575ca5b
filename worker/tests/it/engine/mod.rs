//! The morning against an independent oracle, and what must hold around it: late rows, repeats and races, sites that
//! never mix, warehouses that are not fit.
//!
//! | module | what |
//! |---|---|
//! | [`oracle`] | the rules' text over vectors |
//! | [`case`] | random halls |
//! | [`stage`], [`acts`] | plays them in both worlds |
//! | [`state`], [`record`] | compares what comes of it |
//! | [`life`] | what people, notes and AI scores do, in both worlds |
//! | the others | tests |
#![cfg(test)] // so that clippy knows the helpers for tests, which may unwrap

mod acts;
mod bad_data;
mod bad_warehouse;
mod case;
mod late_rows;
mod life;
mod lived;
mod mornings;
mod oracle;
mod past;
mod record;
mod repeats;
mod sandbox;
mod stage;
mod state;
mod two_sites;
