//! A proxy of this machine's environment is in the way.

use crate::diagnosis::checks::{Case, Check, Draft, Run, Sink, host_subject};
use crate::diagnosis::hops::user::apart::{ByProxy, by_proxy};
use crate::diagnosis::semantics::words::{client_end, proxy_words};
use crate::diagnosis::shell::quote;
use crate::facts::{ClientAnswer, ProxyUsed};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "user-proxy-in-the-way",
    hop: Hop::User,
    severity: Severity::Warning,
    title: "programs on this machine go through a proxy, and end otherwise",
    explain: include_str!("user_proxy_in_the_way.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(found), Some(client)) = (by_proxy(case), case.journey.user.client()) else {
        return;
    };
    let host = &case.target.host;
    let subject = host_subject(host);
    let draft = match found {
        ByProxy::Only(proxy) => {
            let title = format!(
                "only through {} does the request get an answer: {}",
                proxy_words(proxy),
                client_end(client)
            );
            let why = "this machine has no way of its own there; whose answer comes through the proxy is not known";
            let draft = sink.find(&CHECK, subject, title).severity(Severity::Info);
            draft
                .why(why)
                .look("judge the way past the proxy from a machine that may go there directly")
        }
        ByProxy::Cannot(proxy) => {
            let title = format!(
                "programs on this machine go through {}, and fail: {}",
                proxy_words(proxy),
                client_end(client)
            );
            let draft = sink.find(&CHECK, subject, title);
            except(draft, host, proxy, "directly it is answered")
        }
        ByProxy::Answers(proxy, severity) => {
            let title = format!(
                "through {} the request gets another answer: {}",
                proxy_words(proxy),
                first_words(client)
            );
            let direct = if severity == Severity::Warning {
                "directly it gets another one"
            } else {
                "directly it gets another one, but answers may differ by themselves"
            };
            let draft = sink.find(&CHECK, subject, title).severity(severity);
            except(draft, host, proxy, direct)
        }
    };
    draft
        .see(case.journey.user.line(case))
        .see_all(case.request_lines())
        .done();
}

/// The first response in words.
fn first_words(client: &ClientAnswer) -> String {
    match client.redirects.first() {
        Some(first) => format!("{} to {}", first.status, first.to),
        None => client_end(client),
    }
}

/// How programs get past the proxy.
fn except<'s>(draft: Draft<'s>, host: &str, proxy: &ProxyUsed, direct: &str) -> Draft<'s> {
    let name = proxy.exceptions.as_deref().unwrap_or("NO_PROXY");
    let (why, value) = match &proxy.exceptions {
        Some(_) => (
            format!("{name} does not name the host"),
            format!("\"${name},{host}\""),
        ),
        None => ("NO_PROXY is not set".to_owned(), quote(host)),
    };
    draft
        .why(format!(
            "{} sends the request to a proxy, for {why}; {direct}",
            proxy.variable
        ))
        .fix(format!(
            "let programs go there directly, with {name}={}{host}, or let the proxy reach the host",
            if proxy.exceptions.is_some() {
                "…,"
            } else {
                ""
            }
        ))
        .run(format!("export {name}={value}"))
}
