//! A hall of any size, filled in a few statements: for what must not depend on the number of rows.
use sqlx::PgPool;

use crate::{
    app::App,
    world::{self, Hall},
};

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub coaches: i32,
    pub members: i32,
    /// Business dates with consumptions.
    pub days: i32,
    /// Consumptions, void ones included; services are a third more.
    pub settlements: i32,
    /// Tasks that are over.
    pub tasks: i32,
}

impl Size {
    /// A few dozen of everything that a page lists.
    pub const CROWD: Self = Self { coaches: 12, members: 400, days: 40, settlements: 4_000, tasks: 2_000 };
    /// 50 coaches, 5,000 members, 18 months: more than 1,000,000 rows in the warehouse.
    pub const MILLION: Self =
        Self { coaches: 50, members: 5_000, days: 548, settlements: 200_000, tasks: 20_000 };
}

/// Fills both databases; tables are analyzed.
pub async fn fill(app: &App, hall: Hall, size: Size) {
    let (_, today) = world::now(&app.dbs).await;
    let settings = [
        ("big.site", hall.site.to_string()),
        ("big.user", hall.coach.to_string()),
        ("big.today", today.to_string()),
        ("big.coaches", size.coaches.to_string()),
        ("big.members", size.members.to_string()),
        ("big.days", size.days.to_string()),
        ("big.settlements", size.settlements.to_string()),
        ("big.tasks", size.tasks.to_string()),
    ];
    let run = async |pool: &PgPool, sql: &'static str| {
        let mut connection = pool.acquire().await.unwrap();
        for (name, value) in &settings {
            sqlx::query("SELECT set_config($1, $2, false)")
                .bind(name)
                .bind(value)
                .execute(&mut *connection)
                .await
                .unwrap();
        }
        sqlx::raw_sql(sql).execute(&mut *connection).await.unwrap();
        sqlx::raw_sql("ANALYZE").execute(&mut *connection).await.unwrap();
    };
    tokio::join!(
        run(app.dbs.etl_owner(), include_str!("warehouse.sql")),
        run(app.dbs.owner(), include_str!("business.sql")),
    );
}
