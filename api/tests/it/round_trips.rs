//! How often a read asks the databases: stated by every GET route, heard on the wire, and the same for a few rows and for
//! many.
use std::collections::BTreeMap;

use api::bench::recorder::Recorder;
use reference::builders::{ServiceRow, SettlementRow};
use testing::builders::User;

use crate::{
    app::App,
    ask::{self, Furnished, Operation},
    big_hall::{self, Size},
    world::{self, COACH, Hall, MEMBER},
};

/// Patience, with a machine that is busy and with one user who looks for customers all day.
const KEYS: [(&str, &str); 3] = [
    ("API__MODULE_TIMEOUT_MS", "20000"),
    ("API__REQUEST_TIMEOUT_MS", "60000"),
    ("LIMITS__SEARCHES_PER_USER", "1000/1"),
];

/// To the business database and to the warehouse.
type Trips = [usize; 2];

/// What a coach may do; everything else is asked by somebody who holds every other role.
const OF_COACHES: [&str; 5] = ["tasks.own", "notes", "customers.own", "pay.own", "ai"];

/// Asks, and hears the answer being made.
async fn heard(app: &App, recorders: &[Recorder; 2], token: &str, path: &str) -> Trips {
    // Twice unheard: the first opens connections, the second prepares the statements on them.
    for _ in 0..2 {
        app.get(token, path).await.data();
    }
    recorders.iter().for_each(Recorder::begin);
    app.get(token, path).await.data();
    [recorders[0].take().len(), recorders[1].take().len()]
}

/// The numbers of `… N to the business database (…), M to the warehouse (…)`; none is 0.
fn stated(operation: &Operation) -> Option<Trips> {
    let about = operation.said["description"].as_str()?.replace('\n', " ");
    let about = about.split("Round trips, whatever the number of rows: ").nth(1)?;
    let number = |database: &str| {
        let (before, _) = about.split_once(database)?;
        match before.split_whitespace().last()? {
            "none" => Some(0),
            number => number.parse().ok(),
        }
    };
    Some([number("to the business database")?, number("to the warehouse")?])
}

/// A caller for each read: a coach where coaches may ask, else somebody who may do all the rest.
struct Callers {
    coach: String,
    others: String,
}

impl Callers {
    async fn of(app: &App, hall: Hall) -> Self {
        let all = User::manager(hall.site).role(hall.site, "admin").insert(&app.dbs).await.unwrap();
        Self { coach: app.token(hall.coach, hall.site), others: app.token(all, hall.site) }
    }

    fn token(&self, operation: &Operation) -> &str {
        let own = operation.any_of.iter().any(|code| OF_COACHES.contains(&code.as_str()));
        // Whoever looks for customers or for the AI's words of one is most often a manager.
        if own { &self.coach } else { &self.others }
    }
}

/// Reads of the document that ask for a hall's rows, with the path by which each is asked.
async fn reads(app: &App, of: &Furnished) -> Vec<(Operation, String)> {
    let mut reads = Vec::new();
    for operation in ask::operations().into_iter().filter(|o| !o.writes() && o.at != "anybody") {
        let path = match operation.path.as_str() {
            // With nothing that asks for more.
            "/api/xcx/board/finance" => format!("{}?time=month", operation.path),
            "/api/xcx/customers/{id}" | "/api/xcx/customers/{id}/records" => {
                operation.path.replace("{id}", &MEMBER.to_string())
            }
            _ => ask::question(app, &operation, of).await.path,
        };
        reads.push((operation, path));
    }
    reads
}

#[tokio::test]
async fn every_read_takes_the_round_trips_it_states_however_large_the_hall() {
    let (app, recorders) = App::heard(&KEYS).await;
    let hall = world::hall(&app).await;
    let furnished = ask::furnish(&app, hall).await;
    // Something to list on every page: what is not there is not asked about.
    let (now, _) = world::now(&app.dbs).await;
    let (etl, at) = (app.dbs.etl_owner(), now - chrono::Duration::days(3));
    SettlementRow::new(hall.site, 1, MEMBER, 80.into(), at).insert(etl).await.unwrap();
    ServiceRow::new(hall.site, 1, COACH, MEMBER, at).insert(etl).await.unwrap();
    let callers = Callers::of(&app, hall).await;
    let reads = reads(&app, &furnished).await;
    assert!(reads.len() >= 22, "{}", reads.len());

    let mut wrong = Vec::new();
    let mut few = BTreeMap::new();
    for (operation, path) in &reads {
        let trips = heard(&app, &recorders, callers.token(operation), path).await;
        let stated = stated(operation);
        if stated != Some(trips) {
            wrong.push(format!("{path}: {trips:?}, stated {stated:?}"));
        }
        few.insert(path, trips);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    big_hall::fill(&app, hall, Size::CROWD).await;
    for (operation, path) in &reads {
        let trips = heard(&app, &recorders, callers.token(operation), path).await;
        assert_eq!(trips, few[path], "{path} in a larger hall");
    }
}

/// What a question may ask for beyond the plain one, and what it costs.
#[tokio::test]
async fn what_is_asked_for_besides_costs_what_it_states() {
    let (app, recorders) = App::heard(&KEYS).await;
    let hall = world::hall(&app).await;
    ask::furnish(&app, hall).await;
    big_hall::fill(&app, hall, Size::CROWD).await;
    let Callers { coach, others } = Callers::of(&app, hall).await;
    let (_, today) = world::now(&app.dbs).await;
    let yesterday = format!("&asOf={}", today - chrono::Days::new(1));
    for (token, plain, more, cost) in [
        // Nothing can have come late to what shows no facts, once it is known how far back the data go.
        (&others, "/api/xcx/notes?targetType=member&targetId=1001", &*yesterday, [0, 0]),
        (&others, "/api/xcx/config/skill-types", &*yesterday.replacen('&', "?", 1), [0, 0]),
        // How far back the data go, and what came late.
        (&others, "/api/xcx/board/finance?time=month", &*yesterday, [0, 1]),
        (&others, "/api/xcx/board/coaches?time=month", &*yesterday, [0, 1]),
        (&others, "/api/xcx/board/customers?dimension=loyal", &*yesterday, [0, 1]),
        (&others, "/api/xcx/board/finance", "?compare=true", [0, 8]),
        (&others, "/api/xcx/board/customers", "?dimension=freq60", [0, 1]),
        (&others, "/api/xcx/board/customers?dimension=loyal", "&pageSize=100", [0, 0]),
        (&others, "/api/xcx/board/coaches", "?skill=eight", [0, 0]),
        (&coach, "/api/xcx/tasks", "?pageSize=100", [0, 0]),
        (&coach, "/api/xcx/performance/records", "?page=3&pageSize=100", [0, 0]),
        (&others, &format!("/api/xcx/coaches/{COACH}"), "", [0, 0]),
    ] {
        let [biz, etl] = heard(&app, &recorders, token, plain).await;
        let with = heard(&app, &recorders, token, &format!("{plain}{more}")).await;
        assert_eq!(with, [biz + cost[0], etl + cost[1]], "{plain}{more}");
    }
}
