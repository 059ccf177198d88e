//! What a controller does to a request before the backend gets it, as the objects tell.

use super::redirect::Redirect;

/// Something by which a request may be turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The object that says so: `Middleware shop/lock`.
    pub object: String,
    /// Where in it.
    pub field: String,
    /// What it is called there.
    pub what: String,
    /// What it says.
    pub value: String,
    /// It lists the addresses that may pass, so that it hangs on the address that the controller sees.
    pub by_address: bool,
    /// The URL that is asked whether the request may pass.
    pub asks: Option<String>,
}

/// All of that, of one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// By what it may be turned away.
    pub guards: Vec<Guard>,
    /// What is answered in the backend's place.
    pub redirect: Option<Redirect>,
    /// The pods get another request than the user's, or the user another answer than theirs.
    pub rewrites: bool,
    /// What of it is not known.
    pub doubt: Option<String>,
}

impl Effects {
    /// Notes the first thing that is not known.
    pub(super) fn doubt(&mut self, why: String) {
        self.doubt.get_or_insert(why);
    }
}
