//! Numbers: compared and divided as the decimals they are.

use core::cmp::Ordering;

use callgate_json::{Number, NumberClass};

use super::{At, Run, Verdict, message};
use crate::Refusal;
use crate::decimal::Decimal;
use crate::node::{Bound, NodeId, NumberRule};

/// 1.0 and 1e2 are integers.
pub(super) fn is_integer(number: Number<'_>) -> Result<bool, Refusal> {
    let plain = number.text().bytes().all(|byte| byte.is_ascii_digit());
    Ok(plain || Decimal::parse(number.text())?.is_integer())
}

fn compare(number: Number<'_>, bound: &Bound) -> Result<Ordering, Refusal> {
    if let (Some(bound), NumberClass::Int(int)) = (bound.int, number.class()) {
        return Ok(int.cmp(&bound));
    }
    Ok(Decimal::parse(number.text())?.compare(bound.decimal()?))
}

impl Run<'_, '_> {
    pub(super) fn number(
        &mut self,
        id: NodeId,
        rule: &NumberRule,
        number: Number<'_>,
        at: At<'_, '_>,
    ) -> Verdict {
        self.budget.charge_bytes(number.text().len())?;
        let (keyword, holds, words, bound) = match rule {
            NumberRule::Minimum(bound) => {
                let holds = compare(number, bound)?.is_ge();
                ("minimum", holds, "less than", &bound.text)
            }
            NumberRule::ExclusiveMinimum(bound) => {
                let holds = compare(number, bound)?.is_gt();
                ("exclusiveMinimum", holds, "not greater than", &bound.text)
            }
            NumberRule::Maximum(bound) => {
                let holds = compare(number, bound)?.is_le();
                ("maximum", holds, "greater than", &bound.text)
            }
            NumberRule::ExclusiveMaximum(bound) => {
                let holds = compare(number, bound)?.is_lt();
                ("exclusiveMaximum", holds, "not less than", &bound.text)
            }
            NumberRule::MultipleOf(divisor, text) => {
                let holds = divisor.divides(Decimal::parse(number.text())?);
                ("multipleOf", holds, "not a multiple of", text)
            }
        };
        Ok(holds || self.broken(id, keyword, at, || message::bound(words, bound)))
    }
}
