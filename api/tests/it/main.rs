//! The API over a real listener and both real databases, connected as the application's own roles.
#![cfg(test)] // so that clippy knows the helpers for tests, which may unwrap

mod app;
mod applications;
mod ask;
mod audit;
mod auth;
mod authorization;
mod bad_input;
mod board_coaches;
mod board_customers;
mod board_finance;
mod business_day;
mod clues;
mod command;
mod degrade;
mod dev_login;
mod health;
mod idempotency;
mod isolation;
mod limits;
mod lived;
mod notes;
mod notes_delete;
mod office;
mod openapi;
mod protocol;
mod sessions;
mod task_actions;
mod task_detail;
mod task_rules;
mod tasks;
mod tasks_order;
mod users;
mod wechat;
mod world;
