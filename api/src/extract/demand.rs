//! What a handler demands of its caller, told by the types of its arguments: the document, and the tests that walk it,
//! cannot say anything else.
use axum::extract::State;

use super::{
    Administering, Allowance, Audited, Counted, JsonBody, Params, PathId, PathWord, Permission, Permitted,
    Shows, SignInDoor, SignedIn, Together, Write,
};

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Anybody.
    Nothing,
    /// Any valid token, whatever the user's status.
    Token,
    /// Approved, and one of these permissions at the token's site.
    AtSite(&'static [&'static str]),
    /// Approved, and one of these permissions as an administrator, everywhere.
    Everywhere(&'static [&'static str]),
}

impl Demand {
    /// Where the permission is held, as the document says it.
    pub fn place(self) -> &'static str {
        match self {
            Self::Nothing => "anybody",
            Self::Token => "token",
            Self::AtSite(_) => "site",
            Self::Everywhere(_) => "everywhere",
        }
    }

    /// The permission's codes: any one is enough.
    pub fn any_of(self) -> &'static [&'static str] {
        match self {
            Self::Nothing | Self::Token => &[],
            Self::AtSite(codes) | Self::Everywhere(codes) => codes,
        }
    }

    /// Of a handler.
    pub fn of<A, H: Handler<A>>(_: &H) -> Self {
        H::DEMAND
    }

    const fn or(self, other: Self) -> Self {
        match self {
            Self::Nothing => other,
            some => some,
        }
    }
}

/// What a handler may take: nothing else compiles as a route.
pub trait Argument {
    /// What it demands.
    const DEMAND: Demand;
}

impl<T> Argument for State<T> {
    const DEMAND: Demand = Demand::Nothing;
}

impl<T> Argument for Params<T> {
    const DEMAND: Demand = Demand::Nothing;
}

impl Argument for PathId {
    const DEMAND: Demand = Demand::Nothing;
}

impl Argument for PathWord {
    const DEMAND: Demand = Demand::Nothing;
}

impl<A: Allowance> Argument for Counted<A> {
    const DEMAND: Demand = Demand::Nothing;
}

impl<T> Argument for JsonBody<T> {
    const DEMAND: Demand = Demand::Nothing;
}

impl Argument for SignInDoor {
    const DEMAND: Demand = Demand::Nothing;
}

impl Argument for SignedIn {
    const DEMAND: Demand = Demand::Token;
}

impl<P: Permission, S: Shows> Argument for Permitted<P, S> {
    const DEMAND: Demand = Demand::AtSite(P::ANY_OF);
}

impl<P: Permission> Argument for Together<P> {
    const DEMAND: Demand = Demand::AtSite(P::ANY_OF);
}

impl<P: Permission> Argument for Audited<P> {
    const DEMAND: Demand = Demand::AtSite(P::ANY_OF);
}

impl<P: Permission> Argument for Administering<P> {
    const DEMAND: Demand = Demand::Everywhere(P::ANY_OF);
}

impl<C: Argument, B> Argument for Write<C, B> {
    const DEMAND: Demand = C::DEMAND;
}

/// A handler over such arguments.
pub trait Handler<Arguments> {
    /// What they demand together.
    const DEMAND: Demand;
}

macro_rules! handlers {
    ($($argument:ident)*) => {
        impl<F, Answer, $($argument: Argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answer,
        {
            const DEMAND: Demand = Demand::Nothing$(.or($argument::DEMAND))*;
        }
    };
}

handlers!();
handlers!(A);
handlers!(A B);
handlers!(A B C);
handlers!(A B C D);
handlers!(A B C D E);
