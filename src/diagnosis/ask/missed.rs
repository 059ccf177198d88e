//! What could not be read, and who would have needed it: nobody writes down what a gap hides. Whatever looks at something that is not
//! known touches the gaps behind it, and a check that touched one and found nothing is what this gap hides.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use crate::report::{Code, GapNote};

/// One gap, while the walk goes on.
struct Note {
    told: GapNote,
    cause: Cause,
    touched: Cell<bool>,
    hides: RefCell<Vec<Code>>,
}

/// Why it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nobody tried.
    OnPurpose,
    /// A probe from here brought nothing.
    Probe,
    /// Another read did not.
    Read,
}

/// The gaps behind something that is not known, or not known whole.
#[derive(Clone, Default)]
pub struct Missed(Vec<Rc<Note>>);

impl Missed {
    /// Whoever looks needed them.
    pub fn touch(&self) {
        for note in &self.0 {
            note.touched.set(true);
        }
    }

    /// Hides a code behind each of them.
    pub fn hide(&self, code: Code) {
        for note in &self.0 {
            let mut hides = note.hides.borrow_mut();
            if !hides.contains(&code) {
                hides.push(code);
            }
        }
    }

    /// Whether some read was tried and brought nothing.
    pub fn has_failed(&self) -> bool {
        self.0.iter().any(|note| note.cause != Cause::OnPurpose)
    }

    /// Whether one of them is a probe that was to be sent and brought nothing.
    pub fn has_failed_probe(&self) -> bool {
        self.0.iter().any(|note| note.cause == Cause::Probe)
    }

    /// Whether one of them was for this reason.
    pub fn is_for(&self, why: &str) -> bool {
        self.0.iter().any(|note| note.told.why == why)
    }
}

impl fmt::Debug for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.iter().map(|note| &note.told.what);
        f.debug_list().entries(all).finish()
    }
}

/// All gaps of a walk.
#[derive(Default)]
pub(super) struct Notes(RefCell<Vec<Rc<Note>>>);

impl Notes {
    /// Takes up a gap, and touches it. One missing right is one gap, however many questions it leaves open.
    pub fn add(&self, told: GapNote, cause: Cause) {
        let mut all = self.0.borrow_mut();
        let same = |note: &&Rc<Note>| {
            let known = &note.told;
            known.what == told.what || (known.allow.is_some() && known.allow == told.allow)
        };
        if let Some(known) = all.iter().find(same) {
            known.touched.set(true);
            return;
        }
        all.push(Rc::new(Note {
            told,
            cause,
            touched: Cell::new(true),
            hides: RefCell::default(),
        }));
    }

    /// Does something, and says which gaps it touched.
    pub fn watch<T>(&self, act: impl FnOnce() -> T) -> (T, Missed) {
        let before = self.touched();
        for note in &before.0 {
            note.touched.set(false);
        }
        let done = act();
        let during = self.touched();
        before.touch();
        (done, during)
    }

    fn touched(&self) -> Missed {
        let all = self.0.borrow();
        Missed(all.iter().filter(|n| n.touched.get()).cloned().collect())
    }

    /// All of them, to be told.
    pub fn take(&self) -> Vec<GapNote> {
        let all = self.0.take().into_iter();
        all.map(|note| GapNote {
            hides: note.hides.borrow().clone(),
            ..note.told.clone()
        })
        .collect()
    }
}

/// Something that was read or made of reads: who looks at it touches the gaps that came up on the way.
#[derive(Clone, Debug, Default)]
pub struct Seen<T> {
    value: T,
    missed: Missed,
}

impl<T> Seen<T> {
    /// What came of reads that were watched.
    pub const fn new(value: T, missed: Missed) -> Self {
        Self { value, missed }
    }

    /// What needs no reading.
    pub fn known(value: T) -> Self {
        Self {
            value,
            missed: Missed::default(),
        }
    }

    /// Needs it, without looking.
    pub fn touch(&self) {
        self.missed.touch();
    }

    /// Whether nothing was missing for it.
    pub fn is_whole(&self) -> bool {
        !self.missed.has_failed()
    }

    /// Something else that is not known for the same reasons.
    pub fn instead<U>(&self, value: U) -> Seen<U> {
        Seen::new(value, self.missed.clone())
    }

    /// Takes up gaps that it was made of, too.
    pub fn add(&mut self, more: &Missed) {
        self.missed.0.extend(more.0.iter().cloned());
    }

    /// Looks without needing it: whether it waits, or to say what is there.
    pub const fn glance(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.missed.touch();
        &self.value
    }
}

impl<T> DerefMut for Seen<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

#[allow(clippy::into_iter_without_iter)] // what it stands for has one
impl<'s, T> IntoIterator for &'s Seen<T>
where
    &'s T: IntoIterator,
{
    type Item = <&'s T as IntoIterator>::Item;
    type IntoIter = <&'s T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

#[allow(clippy::into_iter_without_iter)] // what it stands for has one
impl<'s, T> IntoIterator for &'s mut Seen<T>
where
    &'s mut T: IntoIterator,
{
    type Item = <&'s mut T as IntoIterator>::Item;
    type IntoIter = <&'s mut T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (&mut **self).into_iter()
    }
}
