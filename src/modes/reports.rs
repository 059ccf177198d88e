//! Where reports go: standard output in the format that was asked for, those of many hosts as they end where the format allows it, and
//! the exit code.

use anyhow::{Error, Result};

use super::print;
use crate::cli::{Format, ReportArgs};
use crate::output::text::{self, Lines, Style};
use crate::output::{Tally, exit_code, json, junit, markdown};
use crate::report::{Report, Verdict};

/// The reports in the format that was asked for. `listed`: as a list even if it is one.
pub(super) fn print_reports(
    reports: &[Report],
    listed: bool,
    args: ReportArgs,
    style: &Style,
) -> Result<()> {
    let fail_on = args.fail_on.unwrap_or_default();
    print(&match args.output.unwrap_or_default() {
        Format::Json => json::render(reports, listed)?,
        Format::Yaml => json::as_yaml(&json::render(reports, listed)?).map_err(Error::msg)?,
        Format::Junit => junit::render(reports, fail_on)?,
        Format::Markdown => markdown::render(reports),
        Format::Text => match reports {
            [one] if !listed => text::render(one, style),
            _ => text::render_many(reports, style, |r| fails(r, args)),
        },
    })
}

/// The exit code of the reports.
pub(super) fn code(reports: &[Report], args: ReportArgs) -> u8 {
    exit_code(reports, args.fail_on.unwrap_or_default(), args.strict)
}

/// Whether a report is to be shown in full among others.
fn fails(report: &Report, args: ReportArgs) -> bool {
    report.verdict == Verdict::Broken || code(std::slice::from_ref(report), args) != 0
}

/// Columns of `https://` and `/` around a host.
const SCHEME: usize = 9;

/// Where the reports go.
pub(super) struct Stream {
    args: ReportArgs,
    style: Style,
    tally: Tally,
    form: Form,
}

enum Form {
    Text(Lines),
    Json(json::List),
    /// These need all of them.
    AtTheEnd(Vec<Report>),
}

impl Stream {
    /// For hosts of which the longest has this many columns. `whole`: without leaving anything out.
    pub fn new(args: ReportArgs, style: Style, longest: usize, whole: bool) -> Self {
        let fail_on = args.fail_on.unwrap_or_default();
        let column = (longest + SCHEME).min(style.width * 3 / 5);
        Self {
            args,
            style,
            tally: Tally::new(fail_on, args.strict),
            form: match args.output.unwrap_or_default() {
                Format::Text => Form::Text(Lines::new(style, column).whole(whole)),
                Format::Json => Form::Json(json::List::default()),
                Format::Yaml | Format::Junit | Format::Markdown => Form::AtTheEnd(Vec::new()),
            },
        }
    }

    /// Writes what can be written of a report.
    pub fn add(&mut self, report: Report) -> Result<()> {
        self.tally.add(&report);
        match &mut self.form {
            Form::Text(lines) if !report.finished && report.verdict == Verdict::Unknown => {
                lines.leave_out(&report);
                Ok(())
            }
            Form::Text(lines) => print(&lines.add(&report, fails(&report, self.args))),
            Form::Json(list) => print(&list.add(&report).map_err(Error::from)?),
            Form::AtTheEnd(reports) => {
                reports.push(report);
                Ok(())
            }
        }
    }

    /// Writes the rest, and tells the exit code.
    pub fn end(self) -> Result<u8> {
        match self.form {
            Form::Text(lines) => print(&lines.end())?,
            Form::Json(list) => print(&list.end()?)?,
            Form::AtTheEnd(reports) => {
                print_reports(&reports, true, self.args, &self.style)?;
            }
        }
        Ok(self.tally.code())
    }
}
