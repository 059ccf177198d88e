//! Pitfalls of the user's own machine.

pub mod user_proxy_in_the_way;

use crate::diagnosis::checks::{Case, Check, Sink, host_subject};
use crate::diagnosis::hops::user::apart::{self, ByItself};
use crate::diagnosis::semantics::words::client_end;
use crate::report::{Hop, Severity};

/// A request that looks well directly, and that an ordinary client ends in an error, without any proxy's doing.
pub fn by_itself(case: &Case, check: &Check, sink: &mut Sink) {
    let (Some(found), Some(client)) = (apart::by_itself(case), case.journey.user.client()) else {
        return;
    };
    let (title, why, fix) = match found {
        ByItself::Http2(why) => (
            format!("clients that speak HTTP/2 fail: {why}"),
            "the server agrees to HTTP/2 in the TLS handshake and then breaks it; hops itself, which goes on with HTTP/1.1 then, is answered",
            "look at the HTTP/2 settings of what ends TLS; without h2 in its ALPN list clients go on with HTTP/1.1",
        ),
        ByItself::Redirect(last) => (
            format!(
                "the request is led to {}, and there: {}",
                last.to,
                client_end(client)
            ),
            "the redirect is answered well, and browsers follow it into an error",
            "look at where the redirect leads: the application's own address, or an annotation that redirects",
        ),
    };
    sink.find(check, host_subject(&case.target.host), title)
        .severity(Severity::Warning)
        .at(Hop::User)
        .why(why)
        .see(case.journey.user.line(case))
        .see_all(case.request_lines())
        .look(fix)
        .done();
}
