//! The command line: clap arguments, with kubectl's names for kubectl's flags.

mod compare;
pub mod complete;
mod host_header;
mod protocol;
mod usage;
mod values;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::output::FailOn;
use crate::target::{Caller, Header, ResolveOverride};

use words::{ABOUT, AFTER_HELP, COMPARE_HELP, DEMO_HELP, USAGE};

pub use compare::CompareArgs;
pub use host_header::settle;
pub use protocol::Protocol;
pub use usage::{command, habitual, one_line};

/// The parsed command line.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "kubectl-hops",
    bin_name = "kubectl hops",
    display_name = "kubectl-hops",
    version,
    about = ABOUT,
    after_help = AFTER_HELP,
    override_usage = USAGE,
    disable_help_subcommand = true,
    disable_help_flag = true,
    max_term_width = 100,
    subcommand_help_heading = "Commands"
)]
pub struct Cli {
    /// Another thing to do than to check a host.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Host names, addresses or URLs to walk, or ingress/NAME, httproute/NAME and svc/NAME for their hosts; without any, one of the hosts that the cluster serves is chosen, or all are listed
    #[arg(value_name = "TARGET", value_hint = ValueHint::Url)]
    pub targets: Vec<String>,

    /// Report and exit code for scripts, where a terminal would get the screen
    #[arg(long, global = true)]
    pub check: bool,

    /// Every host that the cluster serves (with -n, one namespace)
    #[arg(long, conflicts_with = "targets")]
    pub all: bool,

    /// Read objects from files, directories or URLs instead of a cluster; - is stdin
    #[arg(short = 'f', long = "filename", value_name = "FILE", value_hint = ValueHint::AnyPath, conflicts_with = "replay")]
    pub files: Vec<PathBuf>,

    /// With -f: the directories below, too
    #[arg(short = 'R', long, requires = "files")]
    pub recursive: bool,

    /// Read a recording back instead of asking a cluster
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub replay: Option<PathBuf>,

    /// Print help
    #[arg(short, long, global = true, action = clap::ArgAction::HelpShort)]
    pub help: Option<bool>,

    /// How the report is written.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Which cluster.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// How to look at the network.
    #[command(flatten)]
    pub probes: ProbeArgs,
    /// How to print.
    #[command(flatten)]
    pub display: DisplayArgs,
    /// Flags that are typed by habit.
    #[command(flatten)]
    pub habits: HabitArgs,
}

/// What else hops can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Walk a bundled cluster: no Kubernetes needed
    #[command(after_help = DEMO_HELP)]
    Demo {
        /// Which story; see --list
        scenario: Option<String>,
        /// List the scenarios
        #[arg(long, conflicts_with = "scenario")]
        list: bool,
        /// How the report is written.
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Tell which requests the ways in of a host answer differently, such as an Ingress and the Gateway that is to replace it
    #[command(after_help = COMPARE_HELP)]
    Compare(CompareArgs),
    /// List the pitfalls that hops knows
    Rules {
        /// Output format
        #[arg(short, long, value_name = "FORMAT", value_enum)]
        output: Option<RulesFormat>,
    },
    /// Explain one pitfall in full
    Explain {
        /// Its code, such as tls-secret-missing
        code: String,
    },
    /// Write what a check sees into a file, to be read back with --replay
    Record {
        /// The file to write; - is stdout
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: PathBuf,
        /// Replace addresses and names, consistently
        #[arg(long)]
        redact: bool,
        /// Host names or URLs to walk
        #[arg(value_name = "TARGET", required = true)]
        targets: Vec<String>,
    },
    /// Print a completion script for a shell
    #[command(after_help = COMPLETION_HELP)]
    Completion {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print help, of a command if one is named
    Help {
        /// The command
        command: Option<String>,
    },
    /// Print the version
    Version,
    /// Candidates for the last of these words; completion scripts call it.
    #[command(name = "__complete", hide = true)]
    Complete {
        /// What was typed after the program's name.
        #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
        words: Vec<String>,
    },
}

const COMPLETION_HELP: &str = "\
Examples:
  source <(kubectl-hops completion bash)
  kubectl-hops completion zsh > \"${fpath[1]}/_kubectl-hops\"
  kubectl-hops completion fish > ~/.config/fish/completions/kubectl-hops.fish

For `kubectl hops`, put an executable file kubectl_complete-hops with these lines on the PATH; kubectl's own completion
calls it:
  #!/bin/sh
  exec kubectl-hops __complete -- \"$@\"";

/// How a report is written, and what makes it a failure.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct ReportArgs {
    /// Output format [default: text]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub output: Option<Format>,

    /// The severity from which on a finding makes the exit code 1 [default: error]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub fail_on: Option<FailOn>,

    /// Exit code 3 when nothing was found but a hop is unknown
    #[arg(long)]
    pub strict: bool,
}

impl ReportArgs {
    /// These, and where nothing was said, the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            output: self.output.or(other.output),
            fail_on: self.fail_on.or(other.fail_on),
            strict: self.strict || other.strict,
        }
    }
}

/// kubectl's flags, with kubectl's meaning.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// Namespace to read where the whole cluster may not be read; limits --all and the list of hosts
    #[arg(short, long, global = true, value_name = "NAMESPACE", value_parser = values::name)]
    pub namespace: Option<String>,

    /// All namespaces, whatever -n says (the default of --all)
    #[arg(short = 'A', long, global = true)]
    pub all_namespaces: bool,

    /// The kubeconfig context to use
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,

    /// The kubeconfig cluster to use
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,

    /// The kubeconfig user to use
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,

    /// The kubeconfig file to read
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,

    /// User to impersonate
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,

    /// Group to impersonate; may be given several times
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub as_groups: Vec<String>,

    /// How long one request to the API server may take: 5, 5s, 1m; 0 is no limit of its own
    #[arg(long, global = true, value_name = "DURATION", value_parser = values::duration)]
    pub request_timeout: Option<Duration>,
}

/// How hops looks at the network.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Probes")]
pub struct ProbeArgs {
    /// Send nothing to the network: judge by the cluster's objects alone
    #[arg(long, global = true)]
    pub no_probes: bool,

    /// Connect to this address for a host and port, as curl does; may be given several times
    #[arg(long, global = true, value_name = "HOST:PORT:ADDR", value_parser = ResolveOverride::parse)]
    pub resolve: Vec<ResolveOverride>,

    /// Walk this way in, whatever the name leads to: a Gateway (NAMESPACE/NAME), or the class of an Ingress
    #[arg(long, global = true, value_name = "NAME")]
    pub entrance: Option<String>,

    /// Walk what this pod reaches when it calls TARGET, a name as its program has it with a port by number or by name: [NAMESPACE/]POD, or
    /// deploy/NAME, sts/NAME, ds/NAME for a pod of theirs. Without TARGET every name that it is configured to call
    #[arg(long, global = true, value_name = "POD", value_parser = Caller::parse)]
    pub from: Option<Caller>,

    /// With --from: what is called over
    #[arg(
        long,
        global = true,
        value_name = "PROTOCOL",
        value_enum,
        requires = "from"
    )]
    pub protocol: Option<Protocol>,

    /// Send this header, as curl does, whatever certificate is served; may be given several times. What looks secret in it is never
    /// shown or recorded. Host beside an address as TARGET: the name at that address
    #[arg(short = 'H', long = "header", global = true, value_name = "NAME: VALUE", value_parser = Header::given)]
    pub headers: Vec<Header>,

    /// HTTP method; other methods than GET, HEAD and OPTIONS may change things in your application
    #[arg(short = 'X', long = "request", global = true, value_name = "METHOD", default_value = "GET", value_parser = values::method)]
    pub method: String,

    /// Trust the certificate authorities in this file instead of this machine's, as curl does
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub cacert: Option<PathBuf>,

    /// Ask this DNS server instead of the system's resolver
    #[arg(long, global = true, value_name = "ADDR[:PORT]", value_parser = values::dns_server)]
    pub dns_server: Option<SocketAddr>,

    /// Do not make the request as an ordinary client, too. Otherwise it is made once through this machine's resolver, proxies and trust,
    /// with redirects followed; never with --all, -H, --resolve or --dns-server, nor for other methods than GET and HEAD
    #[arg(long, global = true)]
    pub no_proxy_probe: bool,

    /// How long everything together may take; what is not finished then is marked as such. Without it 30 s for each target, and no limit
    /// for --all. On the screen it is for each round
    #[arg(long, global = true, value_name = "DURATION", value_parser = values::some_duration)]
    pub timeout: Option<Duration>,
}

/// Flags that curl and kubectl have, and hops for those who type them by habit.
#[derive(Args, Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // flags
pub struct HabitArgs {
    /// As -X HEAD
    #[arg(
        short = 'I',
        long,
        global = true,
        hide = true,
        conflicts_with = "method"
    )]
    pub head: bool,

    /// Certificates are looked at whatever they are
    #[arg(short = 'k', long, global = true, hide = true)]
    pub insecure: bool,

    /// Redirects are told by themselves
    #[arg(short = 'L', long, global = true, hide = true)]
    pub location: bool,

    /// The screen watches by itself
    #[arg(short = 'w', long, global = true, hide = true)]
    pub watch: bool,
}

/// How to print.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub struct DisplayArgs {
    /// When to colour; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorWhen,

    /// Let the screen take mouse clicks and the wheel
    #[arg(long, global = true)]
    pub mouse: bool,

    /// Show the values of queries; otherwise (hidden-1) and so on stand for them, and in recordings always
    #[arg(long, global = true)]
    pub show_query: bool,

    /// ASCII marks only
    #[arg(long, global = true)]
    pub ascii: bool,

    /// Tell on stderr what is asked and answered; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Formats of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One document on stdout
    Json,
    /// The same in YAML
    Yaml,
    /// A suite a target, a case a hop
    Junit,
    /// For an issue or a chat
    #[value(alias = "md")]
    Markdown,
}

/// Formats of the table of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// A table
    Text,
    /// A list, with what explain prints
    Json,
    /// The table of the README
    Markdown,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal
    #[default]
    Auto,
    /// In any case
    Always,
    /// Not at all
    Never,
}

/// Shells with a completion script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU bash, 3.2 and later
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}
