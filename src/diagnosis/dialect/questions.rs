//! The questions in which makes of controllers differ, with the specification as the answer where a make says nothing else.
//!
//! A make is one folder beside this file and one line in [`super::ALL`]; nothing else in hops asks which make it has before it. Each
//! answer that deviates says where it is taken from. What a dialect needs of objects is handed in.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, ServiceBackendPort};

pub use crate::diagnosis::dialect::answers::{
    Claimed, DataPlane, Internal, Plane, ProxyProtocol, Refusal, Same, Settings, Snippet, Turning,
    Unloadable,
};
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::author::Author;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::passthrough::Passthrough;
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::dialect::scope::Scope;
use crate::diagnosis::dialect::spec;
use crate::diagnosis::dialect::upstream::{HostAnnotation, ProtocolAnnotation, Upstream};
use crate::diagnosis::dialect::{Reader, Resolution};
use crate::diagnosis::routing::gateway::Ways;
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{BackendRef, Rule, Share};
use crate::diagnosis::semantics::endpoints::{self, Conditions};
use crate::diagnosis::semantics::host::ingress_host_matches;
use crate::diagnosis::semantics::port;
use crate::facts::{Certificate, HttpAnswer, Kind};
use crate::target::Request;

/// A dialect as it is, or as a command line has it.
#[derive(Clone)]
pub enum Spoken {
    /// As it is.
    Usual(&'static dyn Dialect),
    /// As a command line has it.
    Told(Arc<dyn Dialect + Send>),
}

/// How a make is recognised, how it reads Ingresses and how it behaves.
pub trait Dialect: Sync {
    /// Its name for comparisons.
    fn slug(&self) -> &'static str;

    /// As a person calls it.
    fn title(&self) -> &'static str;

    /// What `IngressClass.spec.controller` says for it.
    fn controllers(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a controller string is its own.
    fn is_controller(&self, controller: &str) -> bool {
        self.controllers().contains(&controller)
    }

    /// Class names that mean it, for when the IngressClass may not be read.
    fn class_names(&self) -> &'static [&'static str] {
        &[]
    }

    /// The values of `app.kubernetes.io/name` that the usual charts give it.
    fn labels(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether an image is this make.
    fn is_image(&self, _image: Repository) -> bool {
        false
    }

    /// Whether a command line is this make, where the image does not tell.
    fn is_command(&self, _args: &Args) -> bool {
        false
    }

    /// What carries the requests.
    fn data_plane(&self) -> DataPlane {
        DataPlane::InPods
    }

    /// Classes that it takes by annotation, where neither a pod nor an IngressClass shows it.
    fn annotation_classes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Annotations that it leaves on Ingresses which it serves.
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a controller with this command line takes Ingresses whose annotation names the class.
    fn takes_annotation(&self, _args: &Args, _class: &str) -> bool {
        false
    }

    /// Whether it takes Ingresses that name no class at all.
    fn takes_classless(&self, _args: &Args) -> bool {
        false
    }

    /// Which Ingresses it looks at, whatever their class.
    fn scope(&self, _args: &Args) -> Scope {
        Scope::default()
    }

    /// Whether a controller with this command line is the one that is meant.
    fn implements(&self, _args: &Args, claimed: &Claimed) -> bool {
        claimed.make == self.slug()
    }

    /// Another dialect, when this make serves such classes in one, or is told to by its command line.
    fn speaks(&self, _args: &Args, _claimed: &Claimed) -> Option<Spoken> {
        None
    }

    /// The rule that takes a request, of the rules for its host. `peers` are the Ingresses of every host.
    fn choose(
        &self,
        rules: Vec<Rule>,
        reader: Reader,
        _peers: Peers,
        request: &Request,
    ) -> Resolution {
        let mut resolution = spec::resolve(rules, request.path_only());
        let winner = resolution.winner();
        resolution.passes_tls = winner.is_some_and(|w| self.passes_tls(w, reader, request));
        resolution.approximate = Some(format!(
            "judged by the Ingress specification; {} may differ",
            reader.make.title()
        ));
        resolution
    }

    /// What becomes of the shares of a rule's backends, of which some may have no endpoint.
    fn settle(&self, _backends: &[&BackendRef], _shares: &mut [Share], _usable: &[bool]) {}

    /// Whether the host of a rule covers a name.
    fn host_matches(&self, pattern: &str, host: &str) -> bool {
        ingress_host_matches(pattern, host)
    }

    /// Whether it takes requests for a host that none of the Ingress's rules names.
    fn also_called(&self, _ingress: &Ingress, _host: &str) -> bool {
        false
    }

    /// All hosts of which [`also_called`](Self::also_called) may be true, in lower case, whatever the command line says.
    fn other_names(&self, _ingress: &Ingress) -> Vec<String> {
        Vec::new()
    }

    /// Whether an Ingress may hang on others, by which it is no rule of its own, whatever the command line says.
    fn may_lean(&self, _ingress: &Ingress) -> bool {
        false
    }

    /// The name by which rules are to be looked for instead of a host's own.
    fn known_as(&self, _ingresses: &[Arc<Ingress>], _host: &str) -> Option<String> {
        None
    }

    /// The Service port that a backend means.
    fn service_port<'s>(
        &'s self,
        service: &'s Service,
        backend: &ServiceBackendPort,
    ) -> Option<&'s ServicePort> {
        port::by_port(service, backend)
    }

    /// The number that a Service port has in a slice.
    fn slice_port(&self, slice: &EndpointSlice, port: &ServicePort) -> Option<i32> {
        endpoints::port_by_name(slice, port)
    }

    /// Whether it sends requests to an endpoint in these conditions.
    fn is_usable(&self, conditions: Conditions) -> bool {
        conditions.ready()
    }

    /// Whether it counts an endpoint in these conditions, and sends no new requests to it.
    fn is_fenced(&self, _conditions: Conditions) -> bool {
        false
    }

    /// Whether it sends requests to an endpoint in these conditions where no other is left.
    fn falls_back(&self, _conditions: Conditions) -> bool {
        false
    }

    /// What of its Ingresses keeps it from loading any new configuration.
    fn unloadable(&self, _ingresses: &[&Arc<Ingress>]) -> Option<Unloadable> {
        None
    }

    /// Whether it makes no route for a Service without endpoints, so that another rule answers in its place.
    fn drops_empty(&self, _args: &Args) -> bool {
        false
    }

    /// Whether it leads no requests to a Service because of its sort.
    fn refuses_service(&self, _args: &Args, _service: &Service) -> Option<Refusal> {
        None
    }

    /// The annotation that sets the protocol it speaks to the pods.
    fn protocol_annotation(&self) -> Option<ProtocolAnnotation> {
        None
    }

    /// The protocol that it speaks to the pods.
    fn upstream(&self, rule: &Rule, service: &Service, _port: &ServicePort) -> Upstream {
        let said = self
            .protocol_annotation()
            .and_then(|a| a.said(rule, service));
        said.unwrap_or(Upstream::Http)
    }

    /// The pod's port for a scheme, where the command line says it.
    fn listens(&self, _args: &Args, _https: bool) -> Option<u16> {
        None
    }

    /// Every port for requests that the command line names.
    fn ports(&self, _args: &Args) -> Vec<u16> {
        Vec::new()
    }

    /// The Service before it, as the command line names it.
    fn published_service<'a>(&self, args: &'a Args) -> Option<&'a str> {
        args.value("publish-service")
    }

    /// Where it is told that connections begin with a PROXY protocol line.
    fn proxy_protocol(&self, _args: &Args) -> ProxyProtocol {
        ProxyProtocol::Elsewhere
    }

    /// The reason of the Events with which its pods report on loading their configuration.
    fn reload_event(&self) -> Option<&'static str> {
        None
    }

    /// What the keys of its own annotations begin with.
    fn annotation_prefixes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Annotations of an Ingress by which it turns requests away.
    fn turning_away(&self) -> Vec<Turning> {
        Vec::new()
    }

    /// The annotation that names whom it asks whether a request may pass.
    fn auth_url(&self) -> Option<String> {
        None
    }

    /// By what TLS goes to the pods as it comes.
    fn passthrough(&self) -> Option<Passthrough> {
        None
    }

    /// Whether TLS goes to the pods of a rule as it comes.
    fn passes_tls(&self, rule: &Rule, reader: Reader, request: &Request) -> bool {
        let arrives = request.https && !reader.arrival.unwrapped;
        let on = |p: &Passthrough| p.switch.is_none_or(|s| reader.args.is_on(s));
        let passthrough = self.passthrough().filter(on);
        arrives && passthrough.is_some_and(|p| p.asked(rule).is_some())
    }

    /// What becomes of annotations that hold parts of its configuration; none where a rule has none of them, or they are taken.
    /// `config` is what its ConfigMap says, where that is known.
    fn snippet(
        &self,
        _rule: &Rule,
        _version: Option<(u32, u32)>,
        _config: Option<&Settings>,
    ) -> Option<Snippet> {
        None
    }

    /// The Middleware objects that an Ingress has its requests go through, each by namespace and name in one word.
    fn middlewares(&self, _ingress: &Ingress, _args: &Args) -> Vec<String> {
        Vec::new()
    }

    /// Whether the settings in its ConfigMap decide what becomes of an Ingress.
    fn wants_config(&self, _ingress: &Ingress) -> bool {
        false
    }

    /// The ConfigMap of its settings, as the command line names it.
    fn config_map<'a>(&self, _args: &'a Args) -> Option<&'a str> {
        None
    }

    /// Since when nobody mends it any more, in a sentence, where an image is such a one.
    fn retired(&self, _image: Repository, _version: Option<(u32, u32)>) -> Option<&'static str> {
        None
    }

    /// Annotations of an Ingress by which it passes on another request than it got: another path, another `Host`.
    fn rewriting(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it passes on another request than it got.
    fn rewrites(&self, rule: &Rule) -> bool {
        let set = |key: &String| rule.annotation(key).is_some_and(|v| !v.is_empty());
        self.rewriting().iter().any(set)
    }

    /// The annotation by which it sends another `Host` to the backends than the user's; none where what it sends is not known.
    fn host_annotation(&self) -> Option<HostAnnotation> {
        None
    }

    /// It signs the errors that it writes itself, so that others are the application's.
    fn signs(&self) -> bool {
        false
    }

    /// The author of a response whose bytes are its own.
    fn wrote(&self, _answer: &HttpAnswer) -> Option<Author> {
        None
    }

    /// Whether a certificate is what it makes up when it has none for the name.
    fn made_up(&self, _leaf: &Certificate) -> bool {
        false
    }

    /// It takes certificates from the Secrets that TLS entries name.
    fn reads_secrets(&self) -> bool {
        true
    }

    /// Pairs that it takes from a Secret besides `tls.crt` and `tls.key`: with `rsa` the keys `rsa.crt` and `rsa.key`.
    fn key_pairs(&self) -> &'static [&'static str] {
        &[]
    }

    /// It does not use a certificate that does not carry the host's name.
    fn wants_name_in_certificate(&self) -> bool {
        false
    }

    /// Why a handshake ends with the alert `unrecognized_name`.
    fn why_unrecognized_name(&self) -> &'static str {
        "the server knows no certificate for the name and makes none up"
    }

    /// The redirect to https that it sends by itself, for what an Ingress takes whose host a TLS entry covers or not. `config` is what its
    /// ConfigMap says.
    fn upgrade(
        &self,
        _ingress: &Ingress,
        _request: &Request,
        _covered: bool,
        _config: &Settings,
    ) -> Option<Redirect> {
        None
    }

    /// What `GatewayClass.spec.controllerName` says for it.
    fn gateway_controllers(&self) -> &'static [&'static str] {
        &[]
    }

    /// Kinds of Gateway API without which it serves no Gateway at all.
    fn wants_kinds(&self, _version: Option<(u32, u32)>) -> &'static [Kind] {
        &[]
    }

    /// Whether its command line has it read Gateway API.
    fn reads_gateways(&self, _args: &Args) -> bool {
        false
    }

    /// How it does what Gateway API leaves to the implementation.
    fn ways(&self) -> Ways {
        Ways::SPECIFICATION
    }

    /// What carries the requests to its Gateways.
    fn plane(&self) -> Plane {
        Plane::Labelled(&["gateway.networking.k8s.io/gateway-name={name}"])
    }

    /// How an Ingress tells that its load balancer takes requests from inside a private network only.
    fn internal(&self) -> Option<Internal> {
        None
    }
}
