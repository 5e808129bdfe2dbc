//! The proof that a call was judged and may go on.

use callgate_model::Effect;

/// Only [`decide`](crate::decide) makes one; forwarding a request takes one.
///
/// ```compile_fail
/// let forged = callgate_engine::Permit { _made_by_decide: () };
/// ```
#[derive(Debug)]
pub struct Permit {
    _made_by_decide: (),
}

impl Permit {
    /// A permit, if the effect lets the call go on.
    pub(crate) fn of(effect: Effect) -> Option<Self> {
        match effect {
            Effect::Allow | Effect::Flag => Some(Self {
                _made_by_decide: (),
            }),
            Effect::RequireApproval | Effect::Deny => None,
        }
    }
}
