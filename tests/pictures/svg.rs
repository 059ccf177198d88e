//! A terminal's screen as SVG: every run of text is pinned to its columns, lines and blocks are drawn, so no font can shift it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Font size, and the place that one character takes.
const FONT: f32 = 14.0;
const CELL: (f32, f32) = (8.43, 19.0);
/// Where the first character stands.
const INSET: (f32, f32) = (18.0, 50.0);
const BAR: f32 = 36.0;
/// From the top of a cell to where letters stand.
const BASELINE: f32 = 14.0;

const PAPER: Rgb = (0x0d, 0x11, 0x17);
const INK: Rgb = (0xd8, 0xde, 0xe6);
const FRAME: &str = "#30363d";
const TITLE: &str = "#8b949e";
/// The 16 colours that a terminal names.
const NAMED: [Rgb; 16] = [
    (0x48, 0x4f, 0x58),
    (0xff, 0x7b, 0x72),
    (0x56, 0xd3, 0x64),
    (0xe3, 0xb3, 0x41),
    (0x79, 0xc0, 0xff),
    (0xd2, 0xa8, 0xff),
    (0x56, 0xd4, 0xdd),
    (0xc9, 0xd1, 0xd9),
    (0x6e, 0x76, 0x81),
    (0xff, 0xa1, 0x98),
    (0x7e, 0xe7, 0x87),
    (0xf2, 0xcc, 0x60),
    (0xa5, 0xd6, 0xff),
    (0xe2, 0xc5, 0xff),
    (0x9b, 0xe9, 0xf0),
    (0xff, 0xff, 0xff),
];

type Rgb = (u8, u8, u8);

#[derive(Clone, Copy, PartialEq)]
struct Look {
    ink: Rgb,
    paper: Rgb,
    bold: bool,
    italic: bool,
    underline: bool,
}

/// Columns of one row with one look.
struct Run {
    col: u16,
    columns: u16,
    text: String,
    look: Look,
}

/// Segments in half cells.
#[derive(Default)]
struct Lines {
    across: Vec<(u16, u16, u16)>, // y, from x, to x
    down: Vec<(u16, u16, u16)>,   // x, from y, to y
}

/// The first `rows` rows of the screen in a window with a title.
pub fn draw(screen: &Screen, rows: u16, title: &str) -> String {
    let cols = screen.size().1.get();
    let width = INSET.0 * 2.0 + f32::from(cols) * CELL.0;
    let height = INSET.1 + f32::from(rows) * CELL.1 + INSET.0;
    let (mut papers, mut texts) = (String::new(), String::new());
    let mut lines: BTreeMap<(Rgb, bool), Lines> = BTreeMap::new();
    for row in 0..rows {
        for col in 0..cols {
            let Some(cell) = screen.cell(row, col) else {
                continue;
            };
            let look = look(cell);
            let drawn = cell.contents().chars().next().unwrap_or(' ');
            if let Some(arms) = arms(drawn) {
                let dashed = drawn == '╎';
                add(
                    lines.entry((look.ink, dashed)).or_default(),
                    arms,
                    (col, row),
                );
            } else if let Some((top, bottom)) = block(drawn) {
                let at = (f32::from(row) + top, f32::from(row) + bottom);
                rect(&mut papers, (col, 1), at, look.ink);
            }
        }
        for run in runs(screen, row, cols, |a, b| a.paper == b.paper, |_| false) {
            if run.look.paper != PAPER {
                let at = (f32::from(row), f32::from(row + 1));
                rect(&mut papers, (run.col, run.columns), at, run.look.paper);
            }
        }
        for run in runs(screen, row, cols, |a, b| a == b, alone) {
            text(&mut texts, row, &run);
        }
    }
    if screen.alternate_screen() && !screen.hide_cursor() {
        let (row, col) = screen.cursor_position();
        let at = (f32::from(row), f32::from(row + 1));
        rect(&mut papers, (col, 1), at, mixed(INK, PAPER, 0.55));
    }
    let title = escaped(title);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{title}</title>\n\
         <rect x=\".5\" y=\".5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"9\" fill=\"{}\" stroke=\"{FRAME}\"/>\n\
         <path d=\"M1 {BAR}H{:.0}\" stroke=\"{FRAME}\"/>\n",
        width - 1.0,
        height - 1.0,
        hex(PAPER),
        width - 1.0,
    );
    for (i, colour) in [1, 3, 2].into_iter().enumerate() {
        let x = 20 + 18 * i;
        let fill = hex(mixed(NAMED[colour], PAPER, 0.75));
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"18\" r=\"5.5\" fill=\"{fill}\"/>"
        );
    }
    let _ = write!(
        out,
        "<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"{FONT}\">\n<text x=\"{:.0}\" y=\"23\" text-anchor=\"middle\" fill=\"{TITLE}\">{title}</text>\n{papers}",
        width / 2.0
    );
    for ((ink, dashed), lines) in lines {
        let dashes = if dashed {
            " stroke-dasharray=\"4 3\""
        } else {
            ""
        };
        let (d, ink) = (path(lines), hex(ink));
        let _ = writeln!(
            out,
            "<path d=\"{d}\" stroke=\"{ink}\" fill=\"none\"{dashes}/>"
        );
    }
    out + &texts + "</g>\n</svg>\n"
}

/// A row in runs. Two cells join when `same` says so of their looks; a character that is `alone` joins none. Blanks are part
/// of a run only where all that counts is the paper.
fn runs(
    screen: &Screen,
    row: u16,
    cols: u16,
    same: impl Fn(&Look, &Look) -> bool,
    alone: impl Fn(char) -> bool,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut closed = true;
    for col in 0..cols {
        let Some(cell) = screen.cell(row, col).filter(|c| !c.is_wide_continuation()) else {
            continue;
        };
        let look = look(cell);
        let shown = if cell.has_contents() {
            cell.contents()
        } else {
            " "
        };
        let columns = 1 + u16::from(cell.is_wide());
        let single = shown.chars().next().is_some_and(&alone);
        match runs.last_mut() {
            Some(run) if !closed && !single && same(&run.look, &look) => {
                run.text.push_str(shown);
                run.columns += columns;
            }
            _ => runs.push(Run {
                col,
                columns,
                text: shown.to_owned(),
                look,
            }),
        }
        closed = single;
    }
    runs
}

/// What fonts give a width of their own, or what is drawn: a text that it were part of would be squeezed or torn.
fn alone(c: char) -> bool {
    !c.is_ascii() && !c.is_alphanumeric()
}

/// The words of a run. Where several blanks follow each other it is cut, for XML does not keep them.
fn text(out: &mut String, row: u16, run: &Run) {
    let mut col = run.col;
    let mut rest = run.text.as_str();
    while !rest.is_empty() {
        let words = rest.trim_start_matches(' ');
        col += columns(&rest[..rest.len() - words.len()]);
        let end = words.find("  ").unwrap_or(words.len());
        let (part, tail) = words.split_at(end);
        let part = part.trim_end_matches(' ');
        let drawn = part
            .chars()
            .next()
            .is_some_and(|c| arms(c).is_some() || block(c).is_some());
        if !part.is_empty() && !drawn {
            words_at(out, row, col, part, run);
        }
        col += columns(&words[..end]);
        rest = tail;
    }
}

fn words_at(out: &mut String, row: u16, col: u16, words: &str, run: &Run) {
    // The only run of wide characters is one of them alone or of letters: each takes two columns.
    let width = if run.columns > columns(&run.text) {
        run.columns
    } else {
        columns(words)
    };
    let _ = write!(
        out,
        "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"",
        short(INSET.0 + f32::from(col) * CELL.0),
        short(INSET.1 + f32::from(row) * CELL.1 + BASELINE),
        short(f32::from(width) * CELL.0),
        hex(run.look.ink),
    );
    for (is, attribute) in [
        (run.look.bold, " font-weight=\"bold\""),
        (run.look.italic, " font-style=\"italic\""),
        (run.look.underline, " text-decoration=\"underline\""),
    ] {
        out.push_str(if is { attribute } else { "" });
    }
    let _ = writeln!(out, ">{}</text>", escaped(words));
}

fn columns(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
}

fn rect(out: &mut String, (col, columns): (u16, u16), (top, bottom): (f32, f32), fill: Rgb) {
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
        short(INSET.0 + f32::from(col) * CELL.0),
        short(INSET.1 + top * CELL.1),
        short(f32::from(columns) * CELL.0),
        short((bottom - top) * CELL.1),
        hex(fill),
    );
}

/// Which way the lines of a character go from the middle: up, down, left, right.
fn arms(c: char) -> Option<[bool; 4]> {
    let arms = match c {
        '─' | '━' => "lr",
        '│' | '┃' | '╎' => "ud",
        '┌' | '╭' => "dr",
        '┐' | '╮' => "dl",
        '└' | '╰' => "ur",
        '┘' | '╯' => "ul",
        '├' => "udr",
        '┤' => "udl",
        '┬' => "dlr",
        '┴' => "ulr",
        '┼' => "udlr",
        _ => return None,
    };
    Some(['u', 'd', 'l', 'r'].map(|a| arms.contains(a)))
}

/// Which part of its cell a character fills, from top to bottom.
fn block(c: char) -> Option<(f32, f32)> {
    match c {
        '▀' => Some((0.0, 0.5)),
        '▁'..='█' => {
            let eighths = u16::try_from(u32::from(c) - 0x2580).ok()?;
            Some((1.0 - f32::from(eighths) / 8.0, 1.0))
        }
        _ => None,
    }
}

fn add(lines: &mut Lines, [up, down, left, right]: [bool; 4], (col, row): (u16, u16)) {
    let (x, y) = (col * 2 + 1, row * 2 + 1);
    if left || right {
        lines
            .across
            .push((y, x - u16::from(left), x + u16::from(right)));
    }
    if up || down {
        lines.down.push((x, y - u16::from(up), y + u16::from(down)));
    }
}

fn path(lines: Lines) -> String {
    let at = |x: u16, y: u16| {
        let x = INSET.0 + f32::from(x) * CELL.0 / 2.0;
        let y = INSET.1 + f32::from(y) * CELL.1 / 2.0;
        (short(x), short(y))
    };
    let mut out = String::new();
    for (y, from, to) in joined(lines.across) {
        let ((x, y), (end, _)) = (at(from, y), at(to, y));
        let _ = write!(out, "M{x} {y}H{end}");
    }
    for (x, from, to) in joined(lines.down) {
        let ((x, y), (_, end)) = (at(x, from), at(x, to));
        let _ = write!(out, "M{x} {y}V{end}");
    }
    out
}

fn joined(mut segments: Vec<(u16, u16, u16)>) -> Vec<(u16, u16, u16)> {
    segments.sort_unstable();
    segments.dedup_by(|next, last| {
        let meet = next.0 == last.0 && next.1 <= last.2;
        if meet {
            last.2 = last.2.max(next.2);
        }
        meet
    });
    segments
}

fn look(cell: &Cell) -> Look {
    let mut ink = rgb(cell.fgcolor()).unwrap_or(INK);
    let mut paper = rgb(cell.bgcolor()).unwrap_or(PAPER);
    if cell.inverse() {
        std::mem::swap(&mut ink, &mut paper);
    }
    if cell.dim() {
        ink = mixed(ink, paper, 0.6);
    }
    Look {
        ink,
        paper,
        bold: cell.bold(),
        italic: cell.italic(),
        underline: cell.underline(),
    }
}

fn rgb(color: Color) -> Option<Rgb> {
    // The steps of the colour cube.
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match color {
        Color::Default => None,
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Idx(i @ ..16) => Some(NAMED[usize::from(i)]),
        Color::Idx(i @ 16..232) => {
            let i = i - 16;
            Some((step(i / 36), step(i / 6 % 6), step(i % 6)))
        }
        Color::Idx(i) => Some((8 + 10 * (i - 232), 8 + 10 * (i - 232), 8 + 10 * (i - 232))),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between two bytes
fn mixed(one: Rgb, other: Rgb, share: f32) -> Rgb {
    let mix = |a: u8, b: u8| (f32::from(a) * share + f32::from(b) * (1.0 - share)).round() as u8;
    (
        mix(one.0, other.0),
        mix(one.1, other.1),
        mix(one.2, other.2),
    )
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A number with as few digits as it needs.
fn short(number: f32) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
