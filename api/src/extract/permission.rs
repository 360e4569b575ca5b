//! What routes demand.

/// What a route demands: one of these permission codes at the token's site (or at every site: [`super::Administering`]).
pub trait Permission: Send + Sync + 'static {
    /// Codes of `auth.permissions`; any one is enough.
    const ANY_OF: &'static [&'static str];
    /// Whether what it lets one write may be written while one looks at a past date: it changes nothing of the hall.
    const ALSO_IN_THE_PAST: bool = false;
}

macro_rules! permissions {
    ($($(#[$doc:meta])+ $name:ident = [$($code:literal),+]$(, $past:ident = true)?;)+) => {
        $($(#[$doc])+
        pub enum $name {}

        impl Permission for $name {
            const ANY_OF: &'static [&'static str] = &[$($code),+];
            $(const $past: bool = true;)?
        })+
    };
}

permissions! {
    /// One's own tasks, or every task of the site.
    OwnOrSiteTasks = ["tasks.own", "tasks.site"];
    /// Hand a task to another coach.
    TransferTasks = ["tasks.transfer"];
    /// Read and edit retention clues.
    Clues = ["clues"];
    /// Write and read notes.
    Notes = ["notes"];
    /// Customers paired with oneself, or every customer of the site.
    Customers = ["customers.own", "customers.site"];
    /// See a customer's phone in full.
    RevealContact = ["customers.contact"], ALSO_IN_THE_PAST = true;
    /// What the AI says.
    Ai = ["ai"], ALSO_IN_THE_PAST = true;
    /// What everybody who works at the site may know: coaches and managers hold the one, finance and admins the other.
    AnyRole = ["tasks.own", "board.coach"];
    /// The coach board.
    CoachBoard = ["board.coach"];
    /// The customer board.
    CustomerBoard = ["board.customer"];
    /// The finance board.
    FinanceBoard = ["board.finance"];
    /// One's own performance, or every coach's.
    OwnOrSitePay = ["pay.own", "pay.site"];
    /// One's own page as a coach, or every coach's.
    OwnOrSiteCoaches = ["pay.own", "coaches.site"];
    /// Ask for figures of any date, and for the rows behind them.
    TimeMachine = ["time_machine"];
    /// Read and edit the task rules.
    TaskRules = ["rules"];
    /// Set the zone and the cut-off hour of the site.
    BusinessDay = ["business_day"];
    /// Put a site into the sandbox. Every site.
    Sandbox = ["sandbox"];
    /// Read the audit log. Every site.
    Audit = ["audit"];
    /// Review applications. Every site.
    Applications = ["applications"];
    /// Manage users. Every site.
    Users = ["users"];
    /// See and steer jobs, runs, events and the queue. Every site.
    Ops = ["ops"];
}
