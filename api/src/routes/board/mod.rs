//! `/api/xcx/board`
mod coach_item;
mod coaches;
mod customer_item;
mod customers;
mod figure;
mod finance;
mod finance_example;
mod finance_parts;
mod period;

pub use coaches::{__path_coaches, coaches};
pub use customers::{__path_customers, customers};
pub use finance::{__path_finance, finance};
