//! A program that is run for what it prints. It has a most, and it ends when nobody waits for it any more: with all that it started,
//! for a plugin is often a script, and its helpers would go on for ever.

use std::collections::BTreeSet;
use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::time::timeout;

/// The most that it may print.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// What is kept of its words to people.
const KEPT: usize = 16 << 10;
/// What it printed is there when it has ended, unless something that it left behind still has the pipe.
const LEFT_OPEN: Duration = Duration::from_secs(1);

/// What a program did that ended by itself.
pub(super) struct Done {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    /// The beginning of it; empty where it went to the terminal.
    pub stderr: Vec<u8>,
}

/// Why it did not.
#[derive(Debug)]
pub(super) enum Failed {
    Start(io::Error),
    /// It printed more than it may.
    TooMuch,
    Io(io::Error),
}

/// Runs it. `interactive`: it has the terminal, and stays in the group of this process, for no other may read the keys.
pub(super) async fn run(mut command: Command, interactive: bool) -> Result<Done, Failed> {
    command.stdout(Stdio::piped());
    if interactive {
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    } else {
        command.stdin(Stdio::null()).stderr(Stdio::piped());
    }
    let (mut child, running) = Running::start(command, !interactive).map_err(Failed::Start)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = {
        let reading = async {
            tokio::try_join!(all(out, &mut stdout), beginning(err, &mut stderr)).map(|_| ())
        };
        tokio::pin!(reading);
        tokio::select! {
            read = &mut reading => {
                read?;
                child.wait().await
            }
            ended = child.wait() => {
                if let Ok(read) = timeout(LEFT_OPEN, &mut reading).await {
                    read?;
                }
                ended
            }
        }
    };
    let status = status.map_err(Failed::Io)?;
    // What it left behind it left on purpose: a browser, an agent.
    running.leave();
    Ok(Done {
        status,
        stdout,
        stderr,
    })
}

async fn all(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> Result<(), Failed> {
    let Some(from) = from else { return Ok(()) };
    let mut limited = from.take(MOST_BYTES as u64 + 1);
    limited.read_to_end(into).await.map_err(Failed::Io)?;
    if into.len() > MOST_BYTES {
        return Err(Failed::TooMuch);
    }
    Ok(())
}

/// The beginning; the rest is read, so that the program can go on, and forgotten.
async fn beginning(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> Result<(), Failed> {
    let Some(mut from) = from else { return Ok(()) };
    let mut limited = (&mut from).take(KEPT as u64);
    limited.read_to_end(into).await.map_err(Failed::Io)?;
    tokio::io::copy(&mut from, &mut tokio::io::sink())
        .await
        .map_err(Failed::Io)?;
    Ok(())
}

/// Which ones run, and whether another may begin.
struct All {
    running: BTreeSet<Handle>,
    over: bool,
}

static ALL: Mutex<All> = Mutex::new(All {
    running: BTreeSet::new(),
    over: false,
});

fn every() -> MutexGuard<'static, All> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all that still run; none begins any more. For the end of this process, which drops nothing.
pub fn end_all() {
    let mut all = every();
    all.over = true;
    for handle in std::mem::take(&mut all.running) {
        handle.end();
    }
}

/// What is ended: a process with all that it started where it has a group of its own, else it alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Handle {
    process: u32,
    group: bool,
}

impl Handle {
    #[cfg(unix)]
    fn end(self) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let process = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        let Some(process) = process else { return };
        // It may have ended in the meantime.
        let _ = if self.group {
            kill_process_group(process, Signal::KILL)
        } else {
            kill_process(process, Signal::KILL)
        };
    }

    /// The process alone is ended when its handle is dropped.
    #[cfg(not(unix))]
    fn end(self) {
        let _ = (self.process, self.group);
    }
}

/// Ends what runs when it is dropped.
struct Running(Option<Handle>);

impl Running {
    fn start(command: Command, own_group: bool) -> io::Result<(Child, Self)> {
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        #[cfg(unix)]
        if own_group {
            command.process_group(0);
        }
        // Locked until it is noted: the end of the run must not come between.
        let mut all = every();
        if all.over {
            return Err(io::Error::other("the run is over"));
        }
        let child = command.spawn()?;
        let handle = child.id().map(|process| Handle {
            process,
            group: own_group,
        });
        all.running.extend(handle);
        Ok((child, Self(handle)))
    }

    fn leave(mut self) {
        if let Some(handle) = self.0.take() {
            every().running.remove(&handle);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.end();
            every().running.remove(&handle);
        }
    }
}
