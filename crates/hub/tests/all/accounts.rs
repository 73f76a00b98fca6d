//! The first owner, signing in, tokens, invitations (S5, S7, E7).

use std::time::Duration;

use hub::HubError;
use hub::access::ReadBack;
use hub::ports::{Role, Scope};

use crate::house::TestHouse;

const PASSWORD: &str = "three mossy bicycles";

#[test]
fn s5_the_first_owner_needs_the_code_from_the_terminal() {
    let mut house = TestHouse::empty(ReadBack::Value);
    let hub = house.hub.clone();
    assert!(hub.needs_owner());
    let code = hub.setup_code().expect("a set-up code");
    let wrong = house.pool.run_until(hub.first_owner("AAAA-AAAA-AAAA", "Olga", PASSWORD, "phone"));
    assert_eq!(wrong.err(), Some(HubError::BadCode));
    let signed_in =
        house.pool.run_until(hub.first_owner(&code.to_lowercase(), "Olga", PASSWORD, "phone")).expect("in");
    assert!(hub.setup_code().is_none(), "used up");
    let (actor, _) = house.pool.run_until(hub.session(&signed_in.token)).expect("a session");
    assert_eq!((actor.name.as_str(), actor.role), ("Olga", Role::Owner));
    assert!(house.pool.run_until(hub.first_owner(&code, "Otto", PASSWORD, "phone")).is_err());
}

fn with_owner() -> (TestHouse, String) {
    let mut house = TestHouse::empty(ReadBack::Value);
    let hub = house.hub.clone();
    let code = hub.setup_code().expect("a set-up code");
    let token = house.pool.run_until(hub.first_owner(&code, "Olga", PASSWORD, "phone")).expect("in").token;
    (house, token)
}

#[test]
fn s5_guessing_at_the_sign_in_is_slowed_for_the_guesser_only() {
    let (mut house, _) = with_owner();
    let hub = house.hub.clone();
    let mut throttled = false;
    for _ in 0..20 {
        let tried = house.pool.run_until(hub.sign_in("Olga", "not the password", "attacker"));
        throttled |= matches!(tried, Err(HubError::Throttled { .. }));
    }
    assert!(throttled);
    assert!(
        house.pool.run_until(hub.sign_in("olga ", PASSWORD, "phone")).is_ok(),
        "the owner is not shut out"
    );
    house.clock.pass(Duration::from_secs(120));
    assert!(house.pool.run_until(hub.sign_in("Olga", PASSWORD, "attacker")).is_ok(), "and waiting helps");
}

#[test]
fn s5_a_session_ends_when_idle_and_the_password_goes_stale() {
    let (mut house, token) = with_owner();
    let hub = house.hub.clone();
    let (actor, _) = house.pool.run_until(hub.session(&token)).expect("a session");
    assert!(actor.fresh);
    house.clock.pass(Duration::from_secs(11 * 60));
    let (actor, _) = house.pool.run_until(hub.session(&token)).expect("a session");
    assert!(!actor.fresh);
    let confirmed = house.pool.run_until(hub.confirm(&token, PASSWORD, "phone")).expect("confirmed");
    assert!(house.pool.run_until(hub.session(&token)).is_none(), "the token is rotated");
    house.clock.pass(Duration::from_secs(8 * 24 * 3600));
    assert!(house.pool.run_until(hub.session(&confirmed.token)).is_none());
}

#[test]
fn s5_a_token_does_what_its_scopes_say() {
    let (mut house, session) = with_owner();
    let hub = house.hub.clone();
    let (owner, _) = house.pool.run_until(hub.session(&session)).expect("a session");
    let (id, token) =
        house.pool.run_until(hub.make_token(&owner, "shell", vec![Scope::Read])).expect("a token");
    let actor = house.pool.run_until(hub.bearer(&token)).expect("known");
    assert!(actor.may(Scope::Read) && !actor.may(Scope::Manage) && !actor.may(Scope::Admin));
    house.pool.run_until(hub.revoke_token(&owner, id)).expect("revoked");
    assert!(house.pool.run_until(hub.bearer(&token)).is_none());
}

#[test]
fn s7_a_second_owner_is_invited_and_the_last_one_stays() {
    let (mut house, session) = with_owner();
    let hub = house.hub.clone();
    let (owner, _) = house.pool.run_until(hub.session(&session)).expect("a session");
    assert!(house.pool.run_until(hub.remove_owner(&owner, owner.id)).is_err());
    let (_, code) = house.pool.run_until(hub.invite(&owner, Role::Owner)).expect("invited");
    house.pool.run_until(hub.take_invite(&code, "Otto", "seven quiet lanterns", "laptop")).expect("joined");
    assert!(
        house.pool.run_until(hub.take_invite(&code, "Eve", "seven quiet lanterns", "laptop")).is_err(),
        "used up"
    );
    house.pool.run_until(hub.remove_owner(&owner, owner.id)).expect("there is another one now");
    assert!(house.pool.run_until(hub.session(&session)).is_none());
}

#[test]
fn s7_a_reset_password_ends_every_session() {
    let (mut house, session) = with_owner();
    let hub = house.hub.clone();
    assert!(house.pool.run_until(hub.reset_owner(None, "short")).is_err());
    house.pool.run_until(hub.reset_owner(None, "nine slow tramways")).expect("reset");
    assert!(house.pool.run_until(hub.session(&session)).is_none());
    assert!(house.pool.run_until(hub.sign_in("Olga", PASSWORD, "phone")).is_err());
    assert!(house.pool.run_until(hub.sign_in("Olga", "nine slow tramways", "phone")).is_ok());
}
