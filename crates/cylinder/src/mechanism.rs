//! What a hand can do to a cylinder and what it feels: the one interface of both solvers (`fast`, `event`),
//! so that the same attacker meets either.

/// How a hand lifts one element.
#[derive(Debug, Clone, Copy)]
pub struct Hand {
    /// Most force the pick pushes with beyond what the element's own spring or drag asks at its present lift
    /// (N): a hand leans on what it feels, not on an absolute figure.
    pub cap: f64,
    /// Smallest advance of the plug that is noticed (mm at the shear line).
    pub click: f64,
    /// Smallest relative drop of the lifting force that is noticed (1 or more: never).
    pub give: f64,
    /// How far the hand runs on after it noticed (mm), at [`STEADY_N`].
    pub overrun: f64,
    /// Share of that which grows with the force that the hand was pushing with.
    pub grows: f64,
    /// How far a loaded element shoots on when it comes free, before the plug catches it (mm). A smaller
    /// share of the load frees less, but then the plug, held by the others, also catches later: the two are
    /// taken to cancel.
    pub jump: f64,
    /// How far it lifts if nothing is noticed (mm).
    pub travel: f64,
}

/// Force (N) at which hands' lift noise is stated: about what lifting a loaded stack takes. Estimate.
pub const STEADY_N: f64 = 3.0;

impl Hand {
    /// How far it runs on after it noticed while pushing with `force` (mm).
    #[inline]
    #[must_use]
    pub fn run_on(&self, force: f64) -> f64 {
        self.overrun * (1.0 - self.grows + self.grows * force / STEADY_N)
    }
}

/// What a lift felt like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Felt {
    /// The plug gave: a click.
    Click,
    /// The element would not move at all.
    Stuck,
    /// It moved and then met something solid.
    Stop,
    /// It moved and nothing was noticed.
    Nothing,
}

/// Result of a lift.
#[derive(Debug, Clone, Copy)]
pub struct Lifted {
    /// What it felt like.
    pub felt: Felt,
    /// How far the element was moved (mm).
    pub moved: f64,
    /// How far the plug had turned back at most while lifting (mm): counter-rotation.
    pub back: f64,
}

/// A cylinder under hand.
pub trait Mechanism {
    /// Number of elements.
    fn elements(&self) -> usize;
    /// Sets the force of the plug at the shear line (torque over radius, N) and lets everything come to rest.
    /// Returns how far elements fell at that, together (mm).
    fn tension(&mut self, force: f64) -> f64;
    /// Force needed to start lifting element `i` (N).
    fn drag(&mut self, i: usize) -> f64;
    /// Lifts element `i` and takes the pick away again.
    fn lift(&mut self, i: usize, hand: &Hand) -> Lifted;
    /// Turns an element without spring back to rest.
    fn lower(&mut self, i: usize);
    /// Lets go: everything falls back to rest.
    fn reset(&mut self);
    /// Present lift of element `i` (mm).
    fn lift_at(&self, i: usize) -> f64;
    /// Plug travel (mm).
    fn travel(&self) -> f64;
    /// Whether the plug is free to turn.
    fn is_open(&self) -> bool {
        self.travel() >= crate::curve::OPEN
    }
    /// Mechanical steps taken so far (lifts, probes, sets, drops): the unit of the cost figures.
    fn events(&self) -> u64;
}
