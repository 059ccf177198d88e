//! Plugins that decide nothing about a name: which words they take (the setup.go of each in CoreDNS).

use super::cursor::Cursor;
use super::fault::Fault;

/// How many words something takes.
#[derive(Clone, Copy, Debug)]
enum Words {
    /// It does not look: the next word is the next property.
    Unread,
    /// From the one to the other.
    Count(usize, usize),
}

const ANY: Words = Words::Count(0, usize::MAX);
const SOME: Words = Words::Count(1, usize::MAX);
const ONE: Words = Words::Count(1, 1);
const NONE: Words = Words::Count(0, 0);

/// What a plugin takes.
struct Shape {
    plugin: &'static str,
    /// It can stand in a block once.
    once: bool,
    words: Words,
    /// None: what is in its braces is not looked at.
    properties: Option<&'static [(&'static str, Words)]>,
}

const SHAPES: &[Shape] = &[
    shape("bind", false, SOME, &[("except", SOME)]),
    shape("health", false, Words::Count(0, 1), &[("lameduck", ONE)]),
    shape("ready", true, Words::Count(0, 1), &[("monitor", ONE)]),
    shape(
        "prometheus",
        true,
        Words::Count(0, 1),
        &[("runtime_metrics", NONE), ("tls", ONE)],
    ),
    shape(
        "errors",
        true,
        Words::Count(0, 1),
        &[
            ("stacktrace", Words::Unread),
            ("consolidate", Words::Count(2, 4)),
        ],
    ),
    shape("log", false, ANY, &[("class", SOME)]),
    shape("local", false, NONE, &[("localhost_prefix", ONE)]),
    shape("view", true, ONE, &[("expr", ANY)]),
    shape(
        "k8s_external",
        false,
        ANY,
        &[
            ("ttl", SOME),
            ("apex", SOME),
            ("headless", Words::Unread),
            ("fallthrough", ANY),
        ],
    ),
    shape("loop", true, NONE, &[]),
    Shape {
        plugin: "reload",
        once: false,
        words: Words::Count(0, 2),
        properties: None,
    },
    Shape {
        plugin: "autopath",
        once: false,
        words: SOME,
        properties: None,
    },
];

const fn shape(
    plugin: &'static str,
    once: bool,
    words: Words,
    properties: &'static [(&'static str, Words)],
) -> Shape {
    Shape {
        plugin,
        once,
        words,
        properties: Some(properties),
    }
}

/// Whether a plugin takes what it is told.
pub(super) fn check(cursor: &mut Cursor) -> Result<(), Fault> {
    let plugin = cursor.plugin;
    let Some(shape) = SHAPES.iter().find(|s| s.plugin == plugin) else {
        return Ok(());
    };
    let mut first = true;
    while cursor.next() {
        if shape.once && !first {
            return Err(cursor.twice());
        }
        first = false;
        take(shape.words, cursor)?;
        let Some(properties) = shape.properties else {
            return Ok(());
        };
        while cursor.next_inside() {
            let word = cursor.text();
            let Some((_, words)) = properties.iter().find(|(name, _)| *name == word) else {
                return Err(cursor.unknown_property());
            };
            take(*words, cursor)?;
        }
    }
    Ok(())
}

fn take(words: Words, cursor: &mut Cursor) -> Result<(), Fault> {
    let Words::Count(least, most) = words else {
        return Ok(());
    };
    let taken = cursor.rest().len();
    if (least..=most).contains(&taken) {
        return Ok(());
    }
    Err(cursor.wrong_count())
}
