//! hops: the traceroute of a Kubernetes request. Hostname in, verdict out.
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
//!        cluster (kube API) · dns · tcp · tls · http · files · recording
//! ```
//!
//! What has an answer may not keep it: [`engine::live`] watches the objects, asks the network again, and walks over what it knows
//! by then.
//!
//! Where everything lives, from the inside out; inner rings never import outer ones:
//!
//! | ring | modules | rule |
//! |---|---|---|
//! | shared | [`target`], [`facts`], [`report`] | what the rings hand on |
//! | core | [`diagnosis`] | pure: no sockets, files, clocks or environment |
//! | edges | [`engine`], [`answer`] | async: questions to answers, errors to gaps |
//! | views | [`output`], [`tui`], [`cli`], [`modes`], the binary | read a [`report::Report`], never compute a verdict |
//!
//! To add a pitfall, see [`diagnosis::checks`].

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
