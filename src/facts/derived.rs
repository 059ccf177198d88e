//! What is made of the objects of a question once, however many walks read it: indexes and the like.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One thing of each type.
#[derive(Default)]
pub(super) struct Derived(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Derived {
    /// What was made before, or is made now. Walks side by side wait for the one that makes it.
    pub fn get<D: Any + Send + Sync>(&self, make: impl FnOnce() -> D) -> Arc<D> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = all
            .entry(TypeId::of::<D>())
            .or_insert_with(|| Arc::new(make()));
        let made = Arc::clone(made);
        drop(all);
        // It is of the type under which it lies.
        made.downcast().unwrap_or_else(|_| unreachable!())
    }

    /// Forgets all of it: the objects are not what they were.
    pub fn clear(&mut self) {
        let all = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        all.clear();
    }
}

/// A copy makes its own.
impl Clone for Derived {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_made_once_until_it_is_cleared() {
        let mut derived = Derived::default();
        assert_eq!(*derived.get(|| 1_u32), 1);
        assert_eq!(*derived.get(|| 2_u32), 1);
        assert_eq!(*derived.get(|| "another".to_owned()), "another");
        assert_eq!(*derived.clone().get(|| 3_u32), 3);
        derived.clear();
        assert_eq!(*derived.get(|| 4_u32), 4);
    }
}
