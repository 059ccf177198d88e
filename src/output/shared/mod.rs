//! What every view for people says alike, be it text, Markdown or the screen: words, tones, safe characters, lines that fit.

pub mod findings;
pub mod page;
pub mod sanitize;
pub mod tone;
pub mod words;
pub mod wrap;
