//! The HTTP API: router, extractors, routes. It holds no SQL: a route opens its caller's transaction through an
//! extractor, calls one read or operation of `store` (and reads `warehouse`), and answers.
//!
//! | module | what |
//! |---|---|
//! | [`router`] | every route on one screen |
//! | [`extract`] | who asks and what they may do; bodies and query strings |
//! | [`routes`] | one verb per file |
//! | [`answer`] · [`error`] | the two shapes of every answer; the only place that knows status codes |
//! | [`client`] | whose address a request comes from |
//! | [`limits`] | how often is too often |
//! | [`token`] · [`password`] · [`wechat`] | access tokens · passwords · who a code of WeChat's stands for |
//! | [`observe`] · [`harden`] | request id, log line, metrics · headers, panics, time limit |
//! | [`openapi`] | the document that the code describes |
//! | [`board`] | apalis-board on a listener of its own, to look at |
//! | [`serve`] · [`cli`] | the process; the other subcommands |
//! | `metrics` | figures by name: what each is, and the rows behind it |
//! | [`bench`] | every read route measured, beside pgbench with the same statements |

pub mod answer;
pub mod bench;
pub mod board;
pub mod cli;
pub mod client;
pub mod error;
pub mod extract;
pub mod harden;
pub mod limits;
mod metrics;
pub mod observe;
pub mod openapi;
pub mod password;
pub mod router;
pub mod routes;
pub mod serve;
pub mod state;
pub mod token;
pub mod wechat;
