//! Equality and order of values, across the numeric types (langdef, "Equality" and "Ordering").

use core::cmp::Ordering;

use super::Value;
use crate::error::ErrorCode;
use crate::gas::Gas;

impl<'a> Value<'a> {
    /// Whether two values are equal. Values of different types are not, except equal numbers.
    ///
    /// # Errors
    /// Gas that runs out, and numbers of no type.
    pub fn equals(self, other: Self, gas: &mut Gas) -> Result<bool, ErrorCode> {
        Ok(match (self, other) {
            (Self::String(a), Self::String(b)) => {
                gas.charge_bytes(a.len().min(b.len()))?;
                a == b
            }
            (Self::Bytes(a), Self::Bytes(b)) => {
                gas.charge_bytes(a.len().min(b.len()))?;
                a == b
            }
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::Type(a), Self::Type(b)) => a == b,
            (Self::Ip(a), Self::Ip(b)) => a.to_canonical() == b.to_canonical(),
            (Self::Cidr(a), Self::Cidr(b)) => a == b,
            (Self::Optional(a), Self::Optional(b)) => match (a, b) {
                (None, None) => true,
                (Some(a), Some(b)) => a.equals(*b, gas)?,
                _ => false,
            },
            _ => match (self.as_list(), other.as_list()) {
                (Some(_), Some(_)) => self.lists_equal(other, gas)?,
                (None, None) if self.is_map() => self.maps_equal(other, gas)?,
                (None, None) => self.compare_numbers(other) == Some(Some(Ordering::Equal)),
                _ => false,
            },
        })
    }

    fn lists_equal(self, other: Self, gas: &mut Gas) -> Result<bool, ErrorCode> {
        if self.count() != other.count() {
            return Ok(false);
        }
        let left = self.as_list().into_iter().flatten();
        let right = other.as_list().into_iter().flatten();
        for (a, b) in left.zip(right) {
            gas.charge(1)?;
            if !a?.equals(b?, gas)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn maps_equal(self, other: Self, gas: &mut Gas) -> Result<bool, ErrorCode> {
        if self.count() != other.count() {
            return Ok(false);
        }
        gas.charge(self.sorting_gas().saturating_add(other.sorting_gas()))?;
        let (Some(left), Some(right)) = (self.as_map(), other.as_map()) else {
            return Ok(false);
        };
        // Both are in key order, so equal maps agree place by place.
        for ((key, value), (other_key, other_value)) in left.zip(right) {
            gas.charge(2)?;
            if !key.equals(other_key, gas)? || !value?.equals(other_value?, gas)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The order of two values of an ordered type; `None` when one of them is not a number.
    pub(crate) fn compare(self, other: Self, gas: &mut Gas) -> Result<Option<Ordering>, ErrorCode> {
        gas.charge_bytes(self.byte_len().min(other.byte_len()))?;
        self.order(other).ok_or(ErrorCode::NoMatchingOverload)
    }

    /// The order of two values, already paid for; `None` when their types have none, `Some(None)`
    /// when one of them is not a number (NaN).
    pub(crate) fn order(self, other: Self) -> Option<Option<Ordering>> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(Some(a.cmp(&b))),
            (Self::String(a), Self::String(b)) => Some(Some(a.cmp(b))),
            (Self::Bytes(a), Self::Bytes(b)) => Some(Some(a.cmp(b))),
            (Self::Bool(a), Self::Bool(b)) => Some(Some(a.cmp(&b))),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(Some(a.cmp(&b))),
            (Self::Duration(a), Self::Duration(b)) => Some(Some(a.cmp(&b))),
            _ => self.compare_numbers(other),
        }
    }

    /// `None` when the two are not both numbers, `Some(None)` when one is not a number (NaN).
    pub(crate) fn compare_numbers(self, other: Self) -> Option<Option<Ordering>> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the specification compares after conversion to double"
        )]
        let as_double = |value: Self| match value {
            Self::Int(int) => Some(int as f64),
            Self::Uint(uint) => Some(uint as f64),
            Self::Double(double) => Some(double),
            _ => None,
        };
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(Some(a.cmp(&b))),
            (Self::Uint(a), Self::Uint(b)) => Some(Some(a.cmp(&b))),
            (Self::Int(a), Self::Uint(b)) => Some(Some(i128::from(a).cmp(&i128::from(b)))),
            (Self::Uint(a), Self::Int(b)) => Some(Some(i128::from(a).cmp(&i128::from(b)))),
            _ => Some(as_double(self)?.partial_cmp(&as_double(other)?)),
        }
    }
}
