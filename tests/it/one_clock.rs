//! One clock for a whole run: whatever is open when it ends, what is known is told, marked as not finished, and no question leaves any more.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::{Recording, Replay, Run};
use hops::diagnosis::Settings;
use hops::engine::{Clock, Limits, Step, check_telling, check_until};
use hops::facts::{Answer, Facts, Gap, Kind, Question};
use hops::output::{FailOn, exit_code};
use hops::report::{Report, Severity, State, Verdict};
use hops::target::Target;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::apiserver::{cluster, ingress, kubeconfig, serve};

const LIMIT: Duration = Duration::from_millis(500);

/// A demo's answers, but for one question that never has any.
struct Stuck {
    replay: Replay,
    hangs: Box<dyn Fn(&Question) -> bool + Send + Sync>,
    asked: Mutex<Vec<Question>>,
    dropped: AtomicBool,
}

/// Told when a question that hangs is given up.
struct Dropped<'a>(&'a AtomicBool);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Answerer for Stuck {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        self.asked.lock().expect("whole").push(question.clone());
        if (self.hangs)(question) {
            let dropped = Dropped(&self.dropped);
            return Box::pin(async move {
                let _dropped = dropped;
                std::future::pending().await
            });
        }
        self.replay.answer(question)
    }
}

fn demo(name: &str) -> (Recording, Run) {
    let path = format!("{}/assets/demo/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a demo");
    let recording = Recording::from_yaml(&text, name).expect("a recording");
    let run = recording.run.clone();
    (recording, run)
}

fn stuck(
    name: &str,
    stuck: impl Fn(&Question) -> bool + Send + Sync + 'static,
) -> (Stuck, Settings, Target) {
    let (recording, run) = demo(name);
    let settings = Settings {
        now: run.now,
        namespace: run.namespace.clone(),
        ..Settings::default()
    };
    let target = Target::parse(&run.targets[0]).expect("a target");
    let answerer = Stuck {
        replay: Replay::new(recording),
        hangs: Box::new(stuck),
        asked: Mutex::default(),
        dropped: AtomicBool::new(false),
    };
    (answerer, settings, target)
}

async fn walked(answerer: &Stuck, settings: &Settings, target: Target, clock: &Clock) -> Report {
    let (targets, mut facts) = ([target], Facts::new());
    // Nothing has a limit of its own: only the clock ends it.
    let forever = Duration::from_secs(3600);
    let limits = Limits {
        api_deadline: forever,
        probe_deadline: forever,
        tunnel_deadline: forever,
        ..Limits::default()
    };
    let all = check_until(&targets, &mut facts, answerer, settings, (limits, clock));
    all.await.remove(0)
}

fn code(report: &Report) -> u8 {
    exit_code(std::slice::from_ref(report), FailOn::Error, false)
}

/// Whatever hangs, the run ends with the clock; nothing is waited for, no hop is called good or bad for want of an answer, and what hangs is a
/// gap by name.
#[tokio::test(start_paused = true)]
async fn whatever_hangs_the_run_ends_and_says_that_it_is_not_finished() {
    let (answerer, settings, target) = stuck("healthy", |_| false);
    let whole = walked(&answerer, &settings, target.clone(), &Clock::after(LIMIT)).await;
    assert!(whole.finished);
    assert_eq!((whole.verdict, code(&whole)), (Verdict::Ok, 0));
    let asked = answerer.asked.lock().expect("whole").clone();
    assert!(asked.len() > 10, "{asked:?}");
    for hangs in asked {
        let one = hangs.clone();
        let (answerer, settings, target) = stuck("healthy", move |q| *q == one);
        let began = tokio::time::Instant::now();
        let report = walked(&answerer, &settings, target, &Clock::after(LIMIT)).await;
        assert_eq!(began.elapsed(), LIMIT, "{hangs}");
        assert!(
            !report.finished && report.verdict != Verdict::Waiting,
            "{hangs}"
        );
        assert!(
            !report.has_at_least(Severity::Error),
            "{hangs}: {:?}",
            report.findings
        );
        assert!(
            report.path.iter().all(|h| h.state != State::Waiting),
            "{hangs}"
        );
        assert_eq!(code(&report), 2, "{hangs}");
        assert!(
            answerer.dropped.load(Ordering::SeqCst),
            "{hangs} is still under way"
        );
        let out = hops::output::text::render(
            &report,
            &hops::output::text::Style {
                width: 80,
                ascii: false,
                color: false,
            },
        );
        assert!(
            out.trim_end().ends_with("not finished") && !out.contains("nothing was left"),
            "{hangs}: {out}"
        );
    }
}

/// A fault that is known already is told, and makes the exit code.
#[tokio::test(start_paused = true)]
async fn a_finding_counts_though_the_run_is_cut_short() {
    let (answerer, settings, target) = stuck("label-drift", |q| {
        q.kind() == Some(Kind::Event) || matches!(q, Question::PodHttp { .. })
    });
    let report = walked(&answerer, &settings, target, &Clock::after(LIMIT)).await;
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.code == "service-selector-no-match"),
        "{:?}",
        report.findings
    );
    assert!(!report.finished);
    assert_eq!(code(&report), 1);
}

/// Ctrl-C: nothing is asked any more, and what is open says why.
#[tokio::test(start_paused = true)]
async fn a_person_stops_it() {
    let (answerer, settings, target) = stuck("healthy", |q| matches!(q, Question::Dns { .. }));
    let stop = CancellationToken::new();
    let clock = Clock::new(stop.clone());
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let asked = answerer.asked.lock().expect("whole").len();
        stop.cancel();
        asked
    };
    let (report, before) = tokio::join!(walked(&answerer, &settings, target, &clock), stopping);
    assert_eq!(answerer.asked.lock().expect("whole").len(), before);
    assert!(!report.finished);
    let why: Vec<&str> = report.gaps.iter().map(|g| g.why.as_str()).collect();
    assert!(why.contains(&"stopped before it was answered"), "{why:?}");
}

/// Waits do not add up: what does not hang on the look-up is asked meanwhile, unless asking changes something.
#[tokio::test(start_paused = true)]
async fn published_addresses_are_asked_while_the_name_is_looked_up() {
    for (method, sent) in [("GET", true), ("HEAD", true), ("POST", false)] {
        let (answerer, mut settings, target) =
            stuck("healthy", |q| matches!(q, Question::Dns { .. }));
        method.clone_into(&mut settings.method);
        walked(&answerer, &settings, target, &Clock::after(LIMIT)).await;
        let asked = answerer.asked.lock().expect("whole");
        let of = |sort: fn(&Question) -> bool| asked.iter().any(sort);
        assert_eq!(
            of(|q| matches!(q, Question::Tcp { .. })),
            sent,
            "{method}: {asked:?}"
        );
        assert_eq!(
            of(|q| matches!(q, Question::Http { .. })),
            sent,
            "{method}: {asked:?}"
        );
    }
}

/// With many targets walking alone takes time: it stops between two of them, and those that nobody came to are unknown.
#[tokio::test]
async fn many_targets_are_not_walked_beyond_the_clock() {
    let (answerer, settings, target) = stuck("healthy", |_| false);
    let targets = vec![target; 20_000];
    let (mut facts, clock) = (Facts::new(), Clock::after(Duration::from_millis(100)));
    let (began, walks) = (Instant::now(), AtomicUsize::new(0));
    let mut reports = Vec::new();
    check_telling(
        &targets,
        &mut facts,
        &answerer,
        &settings,
        (Limits::default(), &clock),
        |step| match step {
            Step::Ended(_, report) if !report.finished => reports.push(*report),
            _ => {
                walks.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_micros(200)); // as long as a walk of a large cluster
            }
        },
    )
    .await;
    assert!(walks.load(Ordering::Relaxed) < 2_000, "{walks:?}");
    assert_eq!(reports.len(), targets.len());
    assert!(
        reports
            .iter()
            .all(|r| !r.finished && r.verdict == Verdict::Unknown)
    );
    // To write 20,000 reports takes its time, but none for each of their questions.
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
}

fn hops(args: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("kubectl-hops"));
    command
        .args(args)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", "/usr/bin:/bin");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Files that never end are read beside the clock, whichever flag names them.
#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_to_is_given_up() {
    let dir = tempfile::tempdir().expect("a directory");
    let pipe = dir.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo runs")
            .success()
    );
    let pipe = pipe.to_str().expect("UTF-8");
    let config = kubeconfig(dir.path(), "http://127.0.0.1:1");
    for flags in [
        &["--replay", pipe][..],
        &["-f", pipe],
        &["--kubeconfig", pipe],
        &["--kubeconfig", &config, "--cacert", pipe],
    ] {
        let began = Instant::now();
        let output = hops(&["--check", "--timeout", "500ms", "shop.example.com"])
            .args(flags)
            .output();
        let output = output.expect("the program runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {stderr}");
        assert!(
            stderr.contains("longer than --timeout"),
            "{flags:?}: {stderr}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{flags:?} took {:?}",
            began.elapsed()
        );
    }
}

/// A cluster of which Ingresses can be read, and nothing else ever answers.
fn half_a_cluster() -> String {
    let answer = cluster(vec![ingress("shop", "web", "shop.example.com", "traefik")]);
    serve(move |path| {
        if !path.contains("/ingresses") {
            std::thread::sleep(Duration::from_secs(60));
        }
        answer(path)
    })
}

fn report(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        panic!("{e}: {} {stderr}", String::from_utf8_lossy(&output.stdout))
    })
}

#[test]
fn time_that_is_up_prints_what_is_known() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = kubeconfig(dir.path(), &half_a_cluster());
    let flags = [
        "--kubeconfig",
        &config,
        "--check",
        "--no-probes",
        "--timeout",
        "3s",
        "-o",
        "json",
    ];
    let output = hops(&flags)
        .arg("shop.example.com")
        .output()
        .expect("the program runs");
    let one = report(&output);
    assert_eq!(one["finished"], false, "{one}");
    assert_eq!(output.status.code(), Some(2), "{one}");
    let output = hops(&flags)
        .arg("--all")
        .output()
        .expect("the program runs");
    let all = report(&output);
    assert_eq!(
        (&all["finished"], &all["summary"]["unfinished"]),
        (&false.into(), &1.into()),
        "{all}"
    );
    assert_eq!(all["reports"][0]["target"]["host"], "shop.example.com");
    assert_eq!(output.status.code(), Some(2), "{all}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_prints_what_is_known() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = kubeconfig(dir.path(), &half_a_cluster());
    let child = hops(&[
        "--kubeconfig",
        &config,
        "--check",
        "--no-probes",
        "-o",
        "json",
        "shop.example.com",
    ])
    .spawn()
    .expect("it starts");
    std::thread::sleep(Duration::from_millis(1500));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .expect("kill runs")
            .success()
    );
    let began = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    let one = report(&output);
    assert_eq!(
        (&one["finished"], output.status.code()),
        (&false.into(), Some(130)),
        "{one}"
    );
}
