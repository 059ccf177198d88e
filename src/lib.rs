//! hops: the traceroute of a Kubernetes request. Hostname in, verdict out.
//!
//! # In one picture
//!
//! Diagnosis is a pure function. It reads [`facts`]; a fact that is not known yet becomes a question. The [`engine`] gets
//! questions answered and walks again, until nothing is open:
//!
//! ```text
//!              ┌──────────────── walk(target, facts) ───────────────┐   pure, sync
//!  target ───► │ hops resolve · checks judge                        │ ──► Report
//!              └───────▲─────────────────────────────┬──────────────┘
//!                      │ answers                     │ questions
//!              ┌───────┴─────────────────────────────▼──────────────┐   async, bounded
//!              │ engine: dedupe · limits · deadlines                │
//!              └───────▲─────────────────────────────┬──────────────┘
//!                      │                             ▼
//!        cluster (kube API) · dns · tcp · tls · http · tunnel · files · recording
//! ```
//!
//! What has an answer may not keep it: [`engine::live`] watches the objects, asks the network again, and walks over what it knows
//! by then.
//!
//! # Where everything lives
//!
//! From the inside out; inner rings never import outer ones, and siblings import each other in one direction only. `tests/it/tidy.rs`
//! reads the sources and holds both.
//!
//! | ring | modules | rule |
//! |---|---|---|
//! | shared | [`target`], [`facts`], [`report`] | what the rings hand on |
//! | core | [`diagnosis`] | pure: no sockets, files, clocks or environment; returns no errors |
//! | edges | [`engine`], [`answer`] | async: questions to answers, errors to gaps |
//! | views | [`output`], [`tui`], [`cli`], [`modes`], the binary | read a [`report::Report`], never compute a verdict |
//!
//! Inside the core:
//!
//! | module | is | may not know |
//! |---|---|---|
//! | [`diagnosis::ask`] | how a hop reads: typed questions, what it found so far and why it stops | |
//! | [`diagnosis::semantics`] | what objects mean by the rules of Kubernetes, one pure function a question | controllers, hops |
//! | [`diagnosis::routing`] | rules with hosts, matches and weighted backends, whichever API declares them | controllers, hops |
//! | [`diagnosis::dialect`] | how each make of controller reads and behaves; the specification is the default | hops; it never asks |
//! | [`diagnosis::declared`] | who declares the host, and which controller takes each declaration | |
//! | [`diagnosis::request`] | the request tried, from outside and put straight into pods, and where it dies | |
//! | [`diagnosis::hops`] | the journey, and one folder a hop: `mod.rs` resolves it, `checks/` judge it | the verdict, the table |
//! | [`diagnosis::checks`] | what a check is; `table.rs` has all of them | |
//! | `diagnosis::verdict` | runs the checks, tempers and folds within scopes, writes the report | |
//! | [`diagnosis::shell`] | lines to paste | |
//!
//! One pitfall is one file named after its code, `diagnosis/hops/service/checks/service_selector_no_match.rs`, with its page beside
//! it and its cases in `tests/pitfalls/service-selector-no-match/`. To add one, see [`diagnosis::checks`]; to add a make, see
//! [`diagnosis::dialect`].
//!
//! # One request, several ways
//!
//! A [journey](diagnosis::hops::journey::Journey) has entrances (a controller, what it publishes, its rule) and backends (a Service,
//! its endpoints and pods), both as lists. A finding has a [scope](report::Scope): the request, an entrance, or a backend. A cause
//! explains only symptoms of its scope or within it; a good answer excuses only the entrance that it came through, and a backend only
//! when it is the sole one that gets requests. What breaks a part of the requests makes the verdict `degraded`, with the part in words.
//!
//! # What always holds
//!
//! Each of these has tests that fail when it does not.
//!
//! 1. The core does no I/O and returns no errors; partial data gives a partial, honest report.
//! 2. Unknown is not ok, forbidden is not missing, and what a set of files lacks is not missing from the cluster.
//! 3. A view never computes a verdict. Exit code and verdict are the same in every output format.
//! 4. What really happens outranks what a status field claims.
//! 5. A root cause folds its symptoms, within its scope; independent faults are all printed.
//! 6. Every check has a case that fires and a near miss that does not. Codes are promises: never renamed, never reused.
//! 7. hops reads. It never changes a cluster.
//! 8. A Secret's private key never leaves the edge: at arrival it is reduced to whether it parses and matches.
//! 9. Text from the cluster is hostile: what could act on a terminal is made visible before it gets there.
//! 10. All work is bounded: concurrency, bytes, redirects, retries, time. Ctrl-C stops at once and says what is known.

pub mod answer;
pub mod cli;
pub mod diagnosis;
pub mod engine;
pub mod facts;
pub mod modes;
pub mod output;
pub mod report;
pub mod target;
pub mod tui;
