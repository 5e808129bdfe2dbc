//! What a caller is shown of a server's lists: tools that it could call, resources and prompts that it could ask for.
use callgate_engine::{CompiledRelease, Looking, Offer};
use callgate_json::Document;
use callgate_wire::identity::Principal;
use callgate_wire::response::{self, Spoken};
use callgate_wire::{WireError, listing};

/// Whose list it is, of which server.
pub(crate) struct Listing {
    pub(crate) caller: Principal,
    pub(crate) server: Option<String>,
}

impl Listing {
    /// The text of a response with only what the caller could use; `None` when it can stay as
    /// it is.
    ///
    /// # Errors
    /// It is no message, or has a list that cannot be read.
    pub(crate) fn shown(
        &self,
        release: &CompiledRelease,
        document: &Document<'_>,
    ) -> Result<Option<String>, WireError> {
        let (caller, server) = (self.caller.identity(), self.server.as_deref());
        let looking = Looking::default();
        let shows =
            |name: &str| release.offer_among(caller, name, server, &looking) != Offer::Never;
        let may =
            |method: &str| release.offer_method(caller, method, server, &looking) != Offer::Never;
        let mut places = Vec::new();
        for message in response::messages(document.root(), Spoken::Rpc)? {
            places.extend(listing::shown(&message, server, shows, may)?);
        }
        if places.is_empty() {
            return Ok(None);
        }
        callgate_json::sort_by(&mut places, |a, b| a.start.cmp(&b.start));
        let replacements = places.iter();
        let replacements = replacements.map(|at| (at.start, at.end, at.text.as_str()));
        let text = response::replaced(document.source(), replacements);
        text.map(Some).ok_or(WireError::Shape)
    }
}
