//! A random hall: what proptest makes and shrinks. Coaches, members and tasks are picked by small numbers; the stage
//! makes rows of them.
use proptest::{collection::vec, option, prelude::*, sample::select};

use domain::tasks::TaskType;

/// Ids of the coaches; the last is known to the warehouse's snapshots alone.
pub const COACHES: [i64; 4] = [11, 12, 13, 14];

#[derive(Clone, Debug)]
pub struct Case {
    pub calendar: (&'static str, i16),
    /// Minutes after the first of March of the first day's start: a good half year with both changes of the clock.
    pub start: i64,
    pub rules: Vec<RuleSpec>,
    /// One for each of the first coaches.
    pub staff: Vec<StaffSpec>,
    pub standing: Vec<StandingSpec>,
    pub days: Vec<DaySpec>,
}

#[derive(Clone, Debug)]
pub struct RuleSpec {
    /// Hundredths; priority is taken modulo high.
    pub high: u16,
    pub priority: u16,
    pub relationship: u16,
    pub cooldown: i64,
    /// Days from the first morning's date to `effective_from`.
    pub from: i64,
}

#[derive(Clone, Debug)]
pub struct StaffSpec {
    /// The bound user's status; `None`: bound to nobody.
    pub user: Option<&'static str>,
    pub listed: ListedSpec,
}

#[derive(Clone, Copy, Debug)]
pub enum ListedSpec {
    No,
    Yes,
    /// Resigns that many minutes after the next morning.
    Resigns(i64),
    /// `assistant_status` alone says so.
    Status,
}

/// A task from before the first morning.
#[derive(Clone, Debug)]
pub struct StandingSpec {
    pub coach: usize,
    pub member: i64,
    pub task_type: TaskType,
    /// Hundredths.
    pub score: Option<u16>,
    /// Minutes before the first morning.
    pub age: i64,
    /// How it ended, and how many minutes before the first morning (never before it was made).
    pub end: Option<(End, i64)>,
}

#[derive(Clone, Copy, Debug)]
pub enum End {
    Abandoned,
    Transferred,
    Completed,
    Inactive,
}

/// What happens before a morning, and the morning.
#[derive(Clone, Debug)]
pub struct DaySpec {
    /// Minutes since the morning before.
    pub gap: i64,
    pub changes: Vec<Change>,
    pub snapshot: Option<SnapshotSpec>,
    pub how: How,
}

#[derive(Clone, Copy, Debug)]
pub enum How {
    Once,
    /// And once more.
    Again,
    /// By two workers at once.
    AtOnce,
}

/// Numbers pick one of what there is, modulo how many there are.
#[derive(Clone, Debug)]
pub enum Change {
    User(usize, Option<&'static str>),
    Listed(usize, ListedSpec),
    Rule(RuleSpec),
    Service(ServiceSpec),
    /// A service is voided, or the voiding taken back.
    Void(usize),
    Abandon(usize),
    CancelAbandon(usize),
    Transfer(usize, usize),
    Pin(usize),
    FollowUp(usize),
    Expire,
}

#[derive(Clone, Debug)]
pub struct ServiceSpec {
    pub when: When,
    pub coach: usize,
    /// `None` and 0 are walk-ins.
    pub member: Option<i64>,
    pub void: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Seconds after the creation of one of the open recalls, and of its pair.
    OfRecall(usize, i64),
    /// The instant and the pair of a service that is there.
    SameAs(usize),
    /// Minutes before the next morning: the ETL is as late as it likes.
    Ago(i64),
}

/// An index as the ETL stored it.
pub type Stored = Option<String>;

#[derive(Clone, Debug)]
pub struct SnapshotSpec {
    /// Days from the next morning's business date to its date.
    pub offset: i64,
    pub relation: Vec<(usize, i64, Stored)>,
    pub winback: Vec<(i64, Stored)>,
    pub newconv: Vec<(i64, Stored)>,
}

impl Case {
    /// A hall in Shanghai with three approved coaches, the default rules and no tasks, lived day by day by hand.
    pub fn plain() -> Self {
        let staff = StaffSpec { user: Some("approved"), listed: ListedSpec::Yes };
        Self {
            calendar: ("Asia/Shanghai", 8),
            start: 0,
            rules: vec![],
            staff: vec![staff; 3],
            standing: vec![],
            days: vec![],
        }
    }
}

impl DaySpec {
    /// A morning that many hours after the one before.
    pub fn after(hours: i64) -> Self {
        Self { gap: hours * 60, changes: vec![], snapshot: None, how: How::Once }
    }

    /// With that to happen before it.
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// With a service of the first open recall's pair, that many seconds after the recall was made.
    pub fn service(self, seconds: i64) -> Self {
        let when = When::OfRecall(0, seconds);
        self.change(Change::Service(ServiceSpec { when, coach: 0, member: Some(501), void: false }))
    }

    /// With a snapshot of today, in which every pair of `members` with the first coach has these indices.
    pub fn snapshot(mut self, members: std::ops::RangeInclusive<i64>, wbi: &str, rs: &str) -> Self {
        let of_members = |value: &str| members.clone().map(|m| (m, Some(value.to_owned()))).collect();
        self.snapshot = Some(SnapshotSpec {
            offset: 0,
            relation: members.clone().map(|m| (0, m, Some(rs.to_owned()))).collect(),
            winback: of_members(wbi),
            newconv: of_members("0.00"),
        });
        self
    }
}

/// Any case.
pub fn case() -> impl Strategy<Value = Case> {
    let calendar = select(vec![
        ("Asia/Shanghai", 8),
        ("Asia/Shanghai", 8),
        ("America/New_York", 6),
        ("Australia/Lord_Howe", 0),
        ("Pacific/Apia", 23),
    ]);
    let start = 0i64..60 * 24 * 250;
    (calendar, start, vec(rule(), 0..3), vec(staff(), 3), vec(standing(), 0..12), vec(day(), 1..5)).prop_map(
        |(calendar, start, rules, staff, standing, days)| Case {
            calendar,
            start,
            rules,
            staff,
            standing,
            days,
        },
    )
}

fn rule() -> impl Strategy<Value = RuleSpec> {
    let threshold = || prop_oneof![select(vec![500u16, 600, 700]), 1u16..=1000];
    (threshold(), threshold(), threshold(), select(vec![0, 1, 2, 30]), -40i64..4).prop_map(
        |(high, priority, relationship, cooldown, from)| RuleSpec {
            high,
            priority: priority % high,
            relationship,
            cooldown,
            from,
        },
    )
}

pub fn user() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        16 => Just(Some("approved")),
        1 => Just(Some("disabled")),
        1 => Just(Some("pending")),
        2 => Just(None),
    ]
}

fn listed() -> impl Strategy<Value = ListedSpec> {
    prop_oneof![
        16 => Just(ListedSpec::Yes),
        1 => Just(ListedSpec::No),
        2 => select(vec![-4000i64, -1, 0, 1, 1500]).prop_map(ListedSpec::Resigns),
        1 => Just(ListedSpec::Status),
    ]
}

pub fn staff() -> impl Strategy<Value = StaffSpec> {
    (user(), listed()).prop_map(|(user, listed)| StaffSpec { user, listed })
}

/// Most happens to few, or nothing would meet.
fn member() -> impl Strategy<Value = i64> {
    prop_oneof![5 => Just(501i64), 3 => Just(502), 1 => Just(503), 1 => Just(504)]
}

fn coach() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0usize), 3 => Just(1), 1 => Just(2), 1 => Just(3)]
}

fn task_type() -> impl Strategy<Value = TaskType> {
    select(TaskType::ALL.to_vec())
}

/// Minutes: hours to weeks, and close to whole days, where windows of business dates begin and end.
fn age() -> impl Strategy<Value = i64> {
    let days = (select(vec![0i64, 1, 2, 29, 30, 31]), -720i64..720);
    prop_oneof![1i64..6000, days.prop_map(|(days, minutes)| (days * 1440 + minutes).max(1))]
}

fn standing() -> impl Strategy<Value = StandingSpec> {
    let end = select(vec![End::Abandoned, End::Abandoned, End::Transferred, End::Completed, End::Inactive]);
    let ended = option::of((end, age()));
    (coach(), member(), task_type(), option::weighted(0.9, 0u16..=1000), age(), ended).prop_map(
        |(coach, member, task_type, score, age, end)| StandingSpec {
            coach,
            member,
            task_type,
            score,
            age,
            end,
        },
    )
}

fn day() -> impl Strategy<Value = DaySpec> {
    let gap = prop_oneof![4 => Just(1440i64), 2 => 1i64..600, 1 => 600i64..6000];
    let how = select(vec![How::Once, How::Again, How::AtOnce]);
    (gap, vec(change(), 0..7), option::weighted(0.95, snapshot()), how)
        .prop_map(|(gap, changes, snapshot, how)| DaySpec { gap, changes, snapshot, how })
}

fn change() -> impl Strategy<Value = Change> {
    let n = 0usize..64;
    prop_oneof![
        1 => (0usize..3, user()).prop_map(|(c, u)| Change::User(c, u)),
        1 => (0usize..3, listed()).prop_map(|(c, l)| Change::Listed(c, l)),
        1 => rule().prop_map(Change::Rule),
        10 => service().prop_map(Change::Service),
        1 => n.clone().prop_map(Change::Void),
        3 => n.clone().prop_map(Change::Abandon),
        2 => n.clone().prop_map(Change::CancelAbandon),
        2 => (n.clone(), 0usize..3).prop_map(|(t, c)| Change::Transfer(t, c)),
        1 => n.clone().prop_map(Change::Pin),
        4 => n.prop_map(Change::FollowUp),
        1 => Just(Change::Expire),
    ]
}

pub fn service() -> impl Strategy<Value = ServiceSpec> {
    let when = prop_oneof![
        6 => (0usize..64, prop_oneof![select(vec![-1i64, 0, 1]), 0i64..200_000])
            .prop_map(|(n, seconds)| When::OfRecall(n, seconds)),
        1 => (0usize..64).prop_map(When::SameAs),
        2 => (0i64..10_000).prop_map(When::Ago),
    ];
    let member = prop_oneof![12 => member().prop_map(Some), 1 => Just(None), 1 => Just(Some(0))];
    (when, coach(), member, prop::bool::weighted(0.15)).prop_map(|(when, coach, member, void)| ServiceSpec {
        when,
        coach,
        member,
        void,
    })
}

fn stored() -> impl Strategy<Value = Stored> {
    let hundredths =
        prop_oneof![select(vec![0u16, 499, 500, 501, 599, 600, 601, 700, 701, 1000]), 0u16..=1000];
    let sound = hundredths.prop_map(|h| Some(format!("{}.{:02}", h / 100, h % 100)));
    let broken = select(vec![None, None, None, Some("NaN"), Some("10.01"), Some("-0.01"), Some("99.99")]);
    prop_oneof![15 => sound, 1 => broken.prop_map(|b: Option<&str>| b.map(str::to_owned))]
}

pub fn snapshot() -> impl Strategy<Value = SnapshotSpec> {
    let offset = prop_oneof![8 => Just(-1i64), 4 => Just(0), 4 => Just(-2), 1 => Just(-3), 1 => Just(1)];
    // A row of a walk-in, or of nobody, where only pairs of members belong.
    let pair_member = prop_oneof![40 => member(), 1 => Just(0i64), 1 => Just(-7)];
    let relation = vec((coach(), pair_member, stored()), 2..12);
    let members = || prop_oneof![20 => vec((member(), stored()), 1..6), 1 => Just(vec![])];
    (offset, relation, members(), members()).prop_map(|(offset, relation, winback, newconv)| SnapshotSpec {
        offset,
        relation,
        winback,
        newconv,
    })
}
