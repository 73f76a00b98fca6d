//! Every route on one line: method, path, what the caller needs, handler. A route cannot be added without
//! saying what it needs; `tests/authorisation.txt` says the same a second time, on purpose.

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use hub::ports::Scope::{Admin, Manage, Operate, Read, Reveal};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::path::Operation;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::auth::Needs::{self, Account, Open, ReadOrLoopback, Scope, SignedIn};
use crate::auth::Row;
use crate::state::App;
use crate::{api, assets, live, metrics, pages};

/// The router with its table and its document.
pub(crate) struct Routes {
    pub router: axum::Router<App>,
    pub rows: Vec<Row>,
    pub document: Document,
}

/// All of them.
pub(crate) fn all() -> Routes {
    let builder = Builder(OpenApiRouter::with_openapi(Description::openapi()), Vec::new());
    let pages = log_pages(lock_pages(people_pages(door_pages(entry_pages(builder)))));
    let pages = care_pages(advice_pages(lab_pages(pages)));
    let api = api_of_keeping(api_of_locks(api_of_people(api_of_doors(pages))));
    let Builder(router, rows) = api_of_care(api_of_advice(api));
    let (router, document) = router.split_for_parts();
    Routes { router, rows, document }
}

/// Coming in.
#[rustfmt::skip]
fn entry_pages(b: Builder) -> Builder {
    use pages::{about, sign_in};
    b
    .get("/first-visit", Open, sign_in::first_visit)
    .post("/first-visit", Open, sign_in::take_house)
    .get("/sign-in", Open, sign_in::show)
    .post("/sign-in", Open, sign_in::sign_in)
    .get("/invite", Open, sign_in::invited)
    .post("/invite", Open, sign_in::take_invite)
    .post("/sign-out", Account, sign_in::sign_out)
    .get("/confirm", Account, sign_in::ask_again)
    .post("/confirm", Account, sign_in::confirm)
    .get("/about", Open, about::show)
    .get("/assets/{version}/{name}", Open, assets::get)
}

/// Doors.
#[rustfmt::skip]
fn door_pages(b: Builder) -> Builder {
    use pages::{audit, doors, odds};
    b
    .get("/", Scope(Read), doors::overview)
    .post("/doors", Scope(Manage), doors::add)
    .get("/doors/new", Scope(Manage), doors::new)
    .get("/doors/{id}", Scope(Read), doors::show)
    .get("/doors/{id}/edit", Scope(Manage), doors::edit)
    .post("/doors/{id}/edit", Scope(Manage), doors::change)
    .post("/doors/{id}/remove", Scope(Manage), doors::remove)
    .get("/doors/{id}/audit", Scope(Read), audit::show)
    .get("/doors/{id}/survey", Scope(Manage), audit::ask)
    .post("/doors/{id}/survey", Scope(Manage), audit::tell)
    .get("/doors/{id}/what-if", Scope(Read), audit::what_if)
    .get("/figures", Scope(Read), audit::list_figures)
    .get("/picked", Scope(Read), audit::picked)
    .get("/validation", Scope(Read), audit::validation)
    .get("/odds", Scope(Read), odds::show)
}

/// People, codes, grants.
#[rustfmt::skip]
fn people_pages(b: Builder) -> Builder {
    use pages::{codes, give, grants, grid, groups, people, ready, schedules};
    b
    .get("/people", Scope(Read), people::list)
    .get("/people/import", Scope(Manage), people::import::show)
    .post("/people/import", Scope(Manage), people::import::bring_in)
    .post("/people", Scope(Manage), people::add)
    .get("/people/{id}", Scope(Read), people::show)
    .post("/people/{id}", Scope(Manage), people::change)
    .post("/people/{id}/remove", Scope(Manage), people::remove)
    .post("/people/{id}/erase", Scope(Admin), people::erase)
    .get("/give", Scope(Manage), give::show)
    .get("/give/code", Scope(Manage), give::code)
    .post("/give", Scope(Manage), give::give)
    .get("/grants/{id}", Scope(Read), grants::show)
    .post("/grants/{id}", Scope(Manage), grants::change)
    .post("/grants/{id}/revoke", Scope(Manage), grants::revoke)
    .post("/grants/{id}/retry", Scope(Manage), grants::retry)
    .get("/codes/{id}", Scope(Manage), codes::ask)
    .post("/codes/{id}", Scope(Manage), codes::change)
    .post("/codes/{id}/show", Scope(Reveal), codes::show)
    .get("/grid", Scope(Read), grid::show)
    .get("/ready", Scope(Read), ready::show)
    .get("/groups", Scope(Read), groups::list)
    .post("/groups", Scope(Manage), groups::add)
    .get("/groups/{id}", Scope(Read), groups::show)
    .post("/groups/{id}", Scope(Manage), groups::change)
    .post("/groups/{id}/remove", Scope(Manage), groups::remove)
    .get("/schedules", Scope(Read), schedules::list)
    .post("/schedules", Scope(Manage), schedules::add)
    .get("/schedules/{id}", Scope(Read), schedules::show)
    .post("/schedules/{id}", Scope(Manage), schedules::change)
    .post("/schedules/{id}/remove", Scope(Manage), schedules::remove)
}

/// Locks.
#[rustfmt::skip]
fn lock_pages(b: Builder) -> Builder {
    use pages::{doors, locks, virtual_lock};
    b
    .get("/locks/found", Scope(Read), locks::found)
    .post("/locks/found", Scope(Manage), locks::add_found)
    .get("/locks/pair", Scope(Manage), locks::pair)
    .post("/locks/pair/{network}/include", Scope(Manage), locks::include)
    .post("/locks/pair/{network}/pin", Scope(Manage), locks::enter_pin)
    .post("/locks/pair/{network}/exclude", Scope(Manage), locks::exclude)
    .post("/locks/pair/{network}/stop", Scope(Manage), locks::stop_pairing)
    .get("/locks/told", Scope(Manage), locks::ask_told)
    .post("/locks/told", Scope(Manage), locks::add_told)
    .get("/locks/{id}", Scope(Read), locks::show)
    .post("/locks/{id}", Scope(Manage), locks::change)
    .get("/locks/{id}/unlock", Scope(Operate), doors::confirm_unlock)
    .post("/locks/{id}/operate", Scope(Operate), doors::operate)
    .post("/locks/{id}/retry", Scope(Manage), locks::retry)
    .post("/locks/{id}/backup-tested", Scope(Manage), locks::backup_tested)
    .post("/locks/{id}/mode", Scope(Manage), locks::mode)
    .post("/locks/{id}/relock", Scope(Manage), locks::relock)
    .post("/locks/{id}/lift-budget", Scope(Manage), locks::lift_budget)
    .post("/locks/{id}/confirm-clock", Scope(Manage), locks::confirm_clock)
    .post("/locks/{id}/rehearse", Scope(Manage), locks::rehearse)
    .post("/locks/{id}/remove", Scope(Manage), locks::remove)
    .post("/locks/{id}/forget", Scope(Manage), locks::forget)
    .post("/locks/{id}/adopt", Scope(Manage), locks::adopt)
    .post("/locks/{id}/remove-stranger", Scope(Manage), locks::remove_stranger)
    .get("/virtual", Scope(Read), virtual_lock::list)
    .post("/virtual", Scope(Manage), virtual_lock::add)
    .get("/virtual/{id}", Scope(Read), virtual_lock::show)
    .post("/virtual/{id}/hand", Scope(Operate), virtual_lock::hand)
    .post("/virtual/{id}/order", Scope(Manage), virtual_lock::order)
}

/// Log and settings.
#[rustfmt::skip]
fn log_pages(b: Builder) -> Builder {
    use pages::{log, settings};
    b
    .get("/log", Scope(Read), log::show)
    .post("/log/verify", Scope(Read), log::verify)
    .get("/settings", Scope(Read), settings::show)
    .post("/settings/password", Account, settings::password)
    .post("/settings/invites", Scope(Admin), settings::invite)
    .post("/settings/invites/{id}/withdraw", Scope(Admin), settings::withdraw_invite)
    .post("/settings/accounts/{id}/remove", Scope(Admin), settings::remove_owner)
    .post("/settings/tokens", Scope(Admin), settings::make_token)
    .post("/settings/tokens/{id}/revoke", Scope(Admin), settings::revoke_token)
    .post("/settings/mqtt", Scope(Admin), settings::set_mqtt)
    .post("/settings/mqtt/remove", Scope(Admin), settings::unset_mqtt)
    .post("/settings/zwave", Scope(Admin), settings::set_zwave)
    .post("/settings/zwave/remove", Scope(Admin), settings::unset_zwave)
    .post("/settings/alerts", Scope(Admin), settings::set_alerts)
    .post("/settings/backup", Scope(Admin), settings::backup)
    .post("/settings/export", Scope(Admin), settings::export)
}

/// Choosing and setting up.
#[rustfmt::skip]
fn advice_pages(b: Builder) -> Builder {
    use pages::advice;
    b
    .get("/advice", Scope(Read), advice::home)
    .get("/doors/{id}/advice", Scope(Read), advice::choose)
    .get("/doors/{id}/fit", Scope(Read), advice::fit)
    .get("/doors/{id}/risks", Scope(Read), advice::risks)
    .get("/doors/{id}/setup", Scope(Read), advice::setup)
    .post("/doors/{id}/setup", Scope(Manage), advice::say)
    .post("/doors/{id}/setup/photo", Scope(Manage), advice::send_photo)
    .get("/doors/{id}/setup/photo/{step}", Scope(Read), advice::photo)
}

/// Living with the locks, and mending them.
#[rustfmt::skip]
fn care_pages(b: Builder) -> Builder {
    use pages::care;
    b
    .get("/care", Scope(Read), care::show)
    .post("/care/tasks/{id}", Scope(Manage), care::done)
    .post("/care/calendar", Scope(Manage), care::address)
    .get("/calendar/{name}", Open, care::feed)
    .get("/care/review", Scope(Read), care::review)
    .post("/care/review", Scope(Manage), care::decide)
    .get("/care/keys", Scope(Read), care::keys)
    .post("/care/keys", Scope(Manage), care::enter)
    .post("/care/keys/{id}", Scope(Manage), care::back)
    .post("/care/keys/{id}/place", Scope(Reveal), care::place)
    .post("/care/backup/{id}", Scope(Manage), care::backup)
    .get("/care/privacy", Scope(Read), care::privacy)
    .post("/care/privacy", Scope(Manage), care::privacy_answer)
    .get("/doors/{id}/mend", Scope(Read), care::mend)
    .post("/doors/{id}/mend", Scope(Manage), care::check)
    .get("/ask", Scope(Read), care::ask)
}

/// The cylinder lab.
#[rustfmt::skip]
fn lab_pages(b: Builder) -> Builder {
    use pages::lab;
    b
    .get("/lab", Scope(Read), lab::first)
    .get("/lab/{cylinder}", Scope(Read), lab::at)
    .get("/lab/hands", Scope(Read), crate::lab::hands)
    .get("/lab/odds", Scope(Read), lab::odds)
    .get("/lab/compare", Scope(Read), lab::compare)
    .get("/lab/keys", Scope(Read), lab::keys)
}

/// API: service, doors, groups, schedules.
#[rustfmt::skip]
fn api_of_doors(b: Builder) -> Builder {
    use api::{accounts, doors, flags, groups, schedules};
    b
    .api(Open, routes!(metrics::healthz))
    .api(ReadOrLoopback, routes!(metrics::metrics))
    .api(Open, routes!(api::openapi))
    .api(Scope(Read), routes!(live::stream))
    .api(Scope(Read), routes!(doors::list))
    .api(Scope(Manage), routes!(doors::add))
    .api(Scope(Read), routes!(doors::get))
    .api(Scope(Read), routes!(flags::list))
    .api(Scope(Manage), routes!(doors::change))
    .api(Scope(Manage), routes!(doors::remove))
    .api(Scope(Read), routes!(groups::list))
    .api(Scope(Manage), routes!(groups::add))
    .api(Scope(Manage), routes!(groups::change))
    .api(Scope(Manage), routes!(groups::remove))
    .api(Scope(Read), routes!(schedules::list))
    .api(Scope(Manage), routes!(schedules::add))
    .api(Scope(Manage), routes!(schedules::change))
    .api(Scope(Manage), routes!(schedules::remove))
    .api(SignedIn, routes!(accounts::me))
}

/// API: people, codes, grants.
#[rustfmt::skip]
fn api_of_people(b: Builder) -> Builder {
    use api::{arrivals, grants, import, people};
    b
    .api(Scope(Read), routes!(people::list))
    .api(Scope(Manage), routes!(people::add))
    .api(Scope(Manage), routes!(import::import))
    .api(Scope(Read), routes!(people::get))
    .api(Scope(Manage), routes!(people::change))
    .api(Scope(Manage), routes!(people::remove))
    .api(Scope(Admin), routes!(people::erase))
    .api(Scope(Manage), routes!(people::add_code))
    .api(Scope(Manage), routes!(people::change_code))
    .api(Scope(Reveal), routes!(people::reveal))
    .api(Scope(Read), routes!(grants::list))
    .api(Scope(Manage), routes!(grants::preview))
    .api(Scope(Manage), routes!(arrivals::giving))
    .api(Scope(Manage), routes!(arrivals::changing))
    .api(Scope(Manage), routes!(arrivals::ending))
    .api(Scope(Read), routes!(arrivals::coming))
    .api(Scope(Manage), routes!(grants::add))
    .api(Scope(Read), routes!(grants::get))
    .api(Scope(Manage), routes!(grants::change))
    .api(Scope(Manage), routes!(grants::revoke))
}

/// API: locks.
#[rustfmt::skip]
fn api_of_locks(b: Builder) -> Builder {
    use api::{locks, networks, strangers, virtual_locks};
    b
    .api(Scope(Read), routes!(locks::list))
    .api(Scope(Read), routes!(locks::get))
    .api(Scope(Manage), routes!(locks::change))
    .api(Scope(Manage), routes!(locks::remove))
    .api(Scope(Manage), routes!(locks::forget))
    .api(Scope(Manage), routes!(locks::retry))
    .api(Scope(Operate), routes!(locks::operate))
    .api(Scope(Manage), routes!(locks::order))
    .api(Scope(Manage), routes!(locks::rehearse))
    .api(Scope(Manage), routes!(locks::end_rehearsal))
    .api(Scope(Read), routes!(locks::found))
    .api(Scope(Manage), routes!(locks::add_found))
    .api(Scope(Manage), routes!(locks::add_told))
    .api(Scope(Manage), routes!(networks::list))
    .api(Scope(Manage), routes!(networks::include))
    .api(Scope(Manage), routes!(networks::pin))
    .api(Scope(Manage), routes!(networks::exclude))
    .api(Scope(Manage), routes!(networks::stop))
    .api(Scope(Read), routes!(strangers::list))
    .api(Scope(Manage), routes!(strangers::adopt))
    .api(Scope(Manage), routes!(strangers::remove))
    .api(Scope(Read), routes!(virtual_locks::list))
    .api(Scope(Manage), routes!(virtual_locks::add))
    .api(Scope(Read), routes!(virtual_locks::state))
    .api(Scope(Operate), routes!(virtual_locks::hand))
    .api(Scope(Manage), routes!(virtual_locks::order))
}

/// API: log, settings, keeping, accounts.
#[rustfmt::skip]
fn api_of_keeping(b: Builder) -> Builder {
    use api::{accounts, keep, lab, log, settings, zwave};
    b
    .api(Scope(Read), routes!(lab::odds))
    .api(Scope(Read), routes!(lab::keys))
    .api(Scope(Read), routes!(log::list))
    .api(Scope(Read), routes!(log::state))
    .api(Scope(Read), routes!(log::verify))
    .api(Scope(Read), routes!(log::alerts))
    .api(Scope(Read), routes!(settings::links))
    .api(Scope(Admin), routes!(settings::mqtt))
    .api(Scope(Admin), routes!(settings::set_mqtt))
    .api(Scope(Admin), routes!(settings::unset_mqtt))
    .api(Scope(Admin), routes!(zwave::zwave))
    .api(Scope(Admin), routes!(zwave::set_zwave))
    .api(Scope(Admin), routes!(zwave::unset_zwave))
    .api(Scope(Admin), routes!(settings::alerts))
    .api(Scope(Admin), routes!(settings::set_alerts))
    .api(Scope(Admin), routes!(keep::backup))
    .api(Scope(Admin), routes!(keep::export))
    .api(Scope(Admin), routes!(accounts::owners))
    .api(Scope(Admin), routes!(accounts::remove_owner))
    .api(Scope(Admin), routes!(accounts::invites))
    .api(Scope(Admin), routes!(accounts::invite))
    .api(Scope(Admin), routes!(accounts::withdraw))
    .api(Scope(Admin), routes!(accounts::tokens))
    .api(Scope(Admin), routes!(accounts::make_token))
    .api(Scope(Admin), routes!(accounts::revoke_token))
    .api(Account, routes!(accounts::password))
}

/// API: choosing and setting up.
#[rustfmt::skip]
fn api_of_advice(b: Builder) -> Builder {
    use api::advice;
    b
    .api(Scope(Read), routes!(advice::choose))
    .api(Scope(Read), routes!(advice::fit))
    .api(Scope(Read), routes!(advice::risks))
    .api(Scope(Read), routes!(advice::setup))
    .api(Scope(Manage), routes!(advice::say))
}

/// API: living with the locks, and mending them.
#[rustfmt::skip]
fn api_of_care(b: Builder) -> Builder {
    use api::care;
    b
    .api(Scope(Read), routes!(care::tasks))
    .api(Scope(Manage), routes!(care::task_done))
    .api(Scope(Manage), routes!(care::calendar))
    .api(Scope(Read), routes!(care::review))
    .api(Scope(Manage), routes!(care::decide))
    .api(Scope(Read), routes!(care::keys))
    .api(Scope(Manage), routes!(care::enter_key))
    .api(Scope(Manage), routes!(care::change_key))
    .api(Scope(Reveal), routes!(care::key_place))
    .api(Scope(Manage), routes!(care::backup_tried))
    .api(Scope(Read), routes!(care::privacy))
    .api(Scope(Manage), routes!(care::answer_privacy))
    .api(Scope(Read), routes!(care::doctor))
    .api(Scope(Read), routes!(care::ask))
}

struct Builder(OpenApiRouter<App>, Vec<Row>);

impl Builder {
    fn get<H: Handler<T, App>, T: 'static>(self, path: &str, needs: Needs, handler: H) -> Self {
        self.page(Method::GET, MethodFilter::GET, path, needs, handler)
    }

    fn post<H: Handler<T, App>, T: 'static>(self, path: &str, needs: Needs, handler: H) -> Self {
        self.page(Method::POST, MethodFilter::POST, path, needs, handler)
    }

    fn page<H: Handler<T, App>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &str,
        needs: Needs,
        handler: H,
    ) -> Self {
        self.1.push(Row { method, path: path.to_owned(), needs });
        self.0 = self.0.route(path, on(filter, handler));
        self
    }

    fn api(mut self, needs: Needs, mut routes: UtoipaMethodRouter<App>) -> Self {
        for (path, item) in &mut routes.1.paths {
            let operations = [
                (Method::GET, &mut item.get),
                (Method::POST, &mut item.post),
                (Method::PUT, &mut item.put),
                (Method::DELETE, &mut item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                name_for_its_tag(operation);
                self.1.push(Row { method, path: path.clone(), needs });
            }
        }
        self.0 = self.0.routes(routes);
        self
    }
}

/// `list` under the tag `doors` becomes `doors_list`: ids of operations are unique in the document.
fn name_for_its_tag(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next().map_or("other", String::as_str).replace(' ', "_");
    let own = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(format!("{tag}_{own}"));
}

/// The head of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Doorward",
        version = "1",
        description = "Who can get in, and how? Programs send `Authorization: Bearer TOKEN`; a token is made \
                       under Settings and may do what its scopes say. Refusals and failures are \
                       `{\"error\": {\"code\", \"message\"}}`.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    servers((url = "/")),
    components(schemas(api::ErrorBody)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
struct Description;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, document: &mut Document) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}
