//! What `compare` takes.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::ReportArgs;

/// The arguments of `compare`.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// The host
    #[arg(value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub host: String,

    /// Compare this request instead of those at the boundaries of the rules; may be given several times
    #[arg(long = "url", value_name = "[METHOD ]URL")]
    pub urls: Vec<String>,

    /// Compare the requests of this file: a path a line, or lines of an access log in the combined format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub paths: Option<PathBuf>,

    /// Ask both as well, with GET and HEAD only
    #[arg(long, conflicts_with = "files")]
    pub probe: bool,

    /// Read objects from files, directories or URLs instead of a cluster; - is stdin. All of them are one set, in which no object may stand twice
    #[arg(short = 'f', long = "filename", value_name = "FILE", value_hint = ValueHint::AnyPath, conflicts_with = "replay")]
    pub files: Vec<PathBuf>,

    /// With -f: the directories below, too
    #[arg(short = 'R', long, requires = "files")]
    pub recursive: bool,

    /// Read a recording back instead of asking a cluster
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub replay: Option<PathBuf>,

    /// How it is written.
    #[command(flatten)]
    pub report: ReportArgs,
}
