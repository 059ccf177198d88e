//! Does what the screen asks for: opens clusters, watches targets, lists and checks hosts, reads objects. Everything runs in tasks that
//! answer with actions, so that nothing here holds up a key.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::super::check;
use super::super::scenarios::{self, Scenario};
use super::super::source::{self, Source};
use super::origin::origin;
use super::{recent, save};
use crate::answer::Answerer;
use crate::answer::cluster::connect::kubeconfig::Plugin;
use crate::answer::veil::Veil;
use crate::cli::Cli;
use crate::engine::live::watch as watch_live;
use crate::engine::watched::{Order, Watched};
use crate::report::{ObjectRef, Update};
use crate::tui::Runtime;
use crate::tui::action::{ALL_NAMESPACES, Action, Effect};
use crate::tui::state::{Origin, SaveFormat};

/// Orders that may wait for the engine.
const ORDERS: usize = 16;

type Updates = watch::Receiver<Option<Arc<Update>>>;

/// Everything that goes on behind the screen.
pub(super) struct LiveRuntime {
    pub(super) cli: Arc<Cli>,
    pub(super) demo: Option<&'static Scenario>,
    pub(super) actions: UnboundedSender<Action>,
    source: Arc<Mutex<Option<Arc<Source>>>>,
    orders: Option<mpsc::Sender<Order>>,
    /// What is watched: target, number of the watch, time between two rounds.
    watching: Option<(String, u64, Duration)>,
    news: Option<Updates>,
    /// Ends with the source it belongs to.
    tasks: Vec<JoinHandle<()>>,
    pub(super) checks: Option<JoinHandle<()>>,
    veil: Veil,
}

impl LiveRuntime {
    pub fn new(
        cli: Cli,
        demo: Option<&'static Scenario>,
        actions: UnboundedSender<Action>,
        veil: Veil,
    ) -> Self {
        Self {
            cli: Arc::new(cli),
            demo,
            actions,
            source: Arc::default(),
            orders: None,
            watching: None,
            news: None,
            tasks: Vec::new(),
            checks: None,
            veil,
        }
    }

    /// Opens the cluster while the terminal is still free.
    pub async fn open_first(&mut self) -> Result<()> {
        let source = source::open_for_screen(&self.cli, false, &self.veil).await?;
        self.put(source);
        Ok(())
    }

    /// Ends all that goes on.
    pub fn close(&mut self) {
        self.orders = None;
        self.news = None;
        for task in self.tasks.drain(..).chain(self.checks.take()) {
            task.abort();
        }
        if let Ok(mut source) = self.source.lock() {
            *source = None;
        }
    }

    fn put(&self, source: Source) {
        if let Ok(mut slot) = self.source.lock() {
            *slot = Some(Arc::new(source));
        }
    }

    pub(super) fn source(&self) -> Option<Arc<Source>> {
        self.source.lock().ok()?.clone()
    }

    /// Runs something whose outcome is an action.
    pub(super) fn begin(&mut self, work: impl Future<Output = Action> + Send + 'static) {
        let actions = self.actions.clone();
        self.tasks.retain(|t| !t.is_finished());
        self.tasks.push(tokio::spawn(async move {
            let action = work.await;
            let _ = actions.send(action); // nobody listens any more when the screen is left
        }));
    }

    fn open(&mut self, context: Option<String>, namespace: Option<String>) {
        let kept = self
            .source()
            .filter(|_| context.is_none() && namespace.is_none());
        self.close();
        if let Some(source) = kept {
            // It was opened before the screen began.
            let origin = self.origin(&source);
            if let Ok(mut slot) = self.source.lock() {
                *slot = Some(source);
            }
            let _ = self.actions.send(Action::Opened(Ok(origin)));
            return;
        }
        if let Some(demo) = self.demo {
            self.open_demo(context.as_deref().unwrap_or(demo.name));
            return;
        }
        let mut cli = (*self.cli).clone();
        if let Some(context) = context {
            // Another context has its own cluster, user and namespace.
            cli.connection.cluster = None;
            cli.connection.user = None;
            cli.connection.namespace = None;
            cli.connection.context = Some(context);
        }
        if let Some(namespace) = namespace {
            cli.connection.namespace = Some(namespace).filter(|ns| ns != ALL_NAMESPACES);
        }
        self.cli = Arc::new(cli);
        let (cli, slot) = (Arc::clone(&self.cli), Arc::clone(&self.source));
        let veil = self.veil.clone();
        self.begin(async move {
            match source::open_for_screen(&cli, true, &veil).await {
                Ok(source) => {
                    let origin = origin(&cli, None, &source);
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(Arc::new(source));
                    }
                    Action::Opened(Ok(origin))
                }
                // It may only have wanted to ask something.
                Err(_) if source::plugin(&cli) == Some(Plugin::MayAsk) => Action::NeedsTerminal,
                Err(error) => Action::Opened(Err(format!("{error:#}"))),
            }
        });
    }

    fn open_demo(&mut self, name: &str) {
        let opened = scenarios::find(Some(name)).and_then(|scenario| {
            self.demo = Some(scenario);
            source::recorded(scenario.recording, scenario.name, &self.veil)
        });
        let action = match opened {
            Ok(source) => {
                let origin = self.origin(&source);
                self.put(source);
                Action::Opened(Ok(origin))
            }
            Err(error) => Action::Opened(Err(format!("{error:#}"))),
        };
        let _ = self.actions.send(action);
    }

    fn origin(&self, source: &Source) -> Origin {
        origin(&self.cli, self.demo, source)
    }

    fn watch(&mut self, target: &str, number: u64, every: Duration) {
        // Dropping the orders ends the watch before.
        self.orders = None;
        self.news = None;
        self.watching = Some((target.to_owned(), number, every));
        let Some(source) = self.source() else { return };
        let parsed = match check::one(target, &self.veil) {
            Ok(target) => target,
            Err(wrong) => {
                let _ = self.actions.send(Action::Failed(number, wrong));
                return;
            }
        };
        let cluster = self.demo.is_none() && self.cli.replay.is_none() && self.cli.files.is_empty();
        if cluster {
            let target = target.to_owned();
            tokio::task::spawn_blocking(move || recent::add(&target));
        }
        let (orders, inbox) = mpsc::channel(ORDERS);
        let (outbox, mut news) = watch::channel(None);
        self.orders = Some(orders);
        self.news = Some(news.clone());
        let watched = Watched {
            target: parsed,
            answerer: Arc::clone(&source.answerer) as Arc<dyn Answerer>,
            settings: source.settings.clone(),
            limits: source.limits,
            live: self.origin(&source).is_live(),
            every,
        };
        self.tasks.retain(|t| !t.is_finished());
        self.tasks
            .push(tokio::spawn(watch_live(watched, inbox, outbox)));
        let actions = self.actions.clone();
        self.tasks.push(tokio::spawn(async move {
            let mut said = false;
            loop {
                tokio::select! {
                    changed = news.changed() => {
                        if changed.is_err() {
                            // Of a watch that was replaced nobody listens to this any more.
                            let why = "hops has a bug: the watch ended; r begins anew".to_owned();
                            let _ = actions.send(Action::Failed(number, why));
                            return;
                        }
                        let Some(update) = news.borrow_and_update().clone() else { continue };
                        if actions.send(Action::Update(number, update)).is_err() {
                            return;
                        }
                    }
                    _ = source.lost(), if !said => {}
                }
                // Nothing was ever answered: once that is said, the engine itself says how it goes on.
                if let Some(error) = source.failure().filter(|_| !said) {
                    said = true;
                    let _ = actions.send(Action::Failed(number, format!("{error:#}")));
                }
            }
        }));
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // A full queue holds the same order already, or one that makes it needless.
            let _ = orders.try_send(order);
        }
    }

    fn object(&mut self, object: ObjectRef) {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Object(object.clone(), reply));
        self.begin(async move {
            let value = answer
                .await
                .unwrap_or_else(|_| Err("nothing is watched any more".to_owned()));
            Action::Object(object, value)
        });
    }

    fn save(&mut self, format: SaveFormat) {
        let update = self.news.as_ref().and_then(|n| n.borrow().clone());
        let (Some(update), Some(source)) = (update, self.source()) else {
            let why = "there is no report yet".to_owned();
            let _ = self.actions.send(Action::Saved(Err(why)));
            return;
        };
        self.begin(async move {
            let saved = save::save(format, &update.report, &source).await;
            Action::Saved(saved.map_err(|error| format!("{error:#}")))
        });
    }
}

impl Runtime for LiveRuntime {
    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Open { context, namespace } => self.open(context, namespace),
            Effect::Watch {
                target,
                watch,
                every,
            } => self.watch(&target, watch, every),
            // What failed to open is opened again; a target that failed is asked again.
            Effect::Again if self.source().is_none() => self.open(None, None),
            Effect::Again if self.orders.as_ref().is_some_and(|o| !o.is_closed()) => {
                self.order(Order::Again);
            }
            Effect::Again => {
                if let Some((target, number, every)) = self.watching.clone() {
                    self.watch(&target, number, every);
                }
            }
            Effect::Pause(paused) => self.order(Order::Pause(paused)),
            Effect::Every(every) => self.order(Order::Every(every)),
            Effect::Entrance(name) => self.order(Order::Entrance(name)),
            Effect::ListHosts => self.list_hosts(),
            Effect::Check(names) => self.check(names),
            Effect::StopChecks => self.stop_checks(),
            Effect::Choices(what) => self.choices(what),
            Effect::Object(object) => self.object(object),
            Effect::Save(format) => self.save(format),
            // The screen does these itself.
            Effect::Copy(_) | Effect::Mouse(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    fn with_terminal(&mut self) -> BoxFuture<'_, Action> {
        async move {
            let opened = source::open_for_screen(&self.cli, false, &self.veil).await;
            Action::Opened(match opened {
                Ok(source) => {
                    let origin = self.origin(&source);
                    self.put(source);
                    Ok(origin)
                }
                Err(error) => Err(format!("{:#}", anyhow!(error))),
            })
        }
        .boxed()
    }
}
