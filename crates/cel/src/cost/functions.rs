//! What each function costs, and how large its result can be.

use core::num::Saturating;

use super::size::{Amount, Count, ONE, Size, blocks_of, over};
use super::{Analysis, steps};
use crate::functions::Function;
use crate::program::OpId;

/// Bytes of a number, an instant, an address and the like as text.
const SHOWN: Count = Saturating(64);
/// Bytes that one clause of a format makes of a number: 309 digits and 1,100 decimals at most.
const CLAUSE: Count = Saturating(1_500);
const TWO: Count = Saturating(2);

impl Analysis<'_> {
    /// Charges for a call, as `functions::call` does.
    pub(super) fn call(&mut self, function: Function, operands: &[OpId]) -> Size {
        use Function as F;
        let sizes = self.operands(operands);
        for size in &sizes {
            self.charge_blocks(size.text);
        }
        let first = sizes.first().copied().unwrap_or_default();
        match function {
            F::Matches | F::Extract | F::ExtractAll | F::RegexReplace => {
                self.pattern_call(function, operands, &sizes)
            }
            F::ToString => self.shown(first),
            F::ToBytes | F::Substring | F::Trim | F::CharAt => Size::text(first.text, self.visits),
            F::Dyn | F::OptionalValue => first,
            F::LowerAscii | F::UpperAscii => self.rewritten(first.text),
            F::Quote => self.rewritten(first.text.times(TWO).plus(self.constant(2))),
            F::Base64Encode => self.rewritten(first.text.times(TWO).plus(self.constant(4))),
            F::Base64Decode => self.built_text(first.text),
            F::Reverse => {
                self.charge(first.len.sum);
                let text = self.rewritten(first.text).text;
                let len = self.built_len(first.len);
                Size { text, len, ..first }
            }
            F::Replace => self.replace(operands, &sizes),
            F::Split => self.split(operands, &sizes),
            F::Join => self.join(&sizes),
            F::Format => self.format(&sizes),
            F::Greatest | F::Least => {
                let numbers = self.constant(sizes.len() as u64);
                self.charge(numbers.sum + first.len.sum);
                self.scalar()
            }
            F::OptionalOf | F::OptionalOfNonZero => first.wrapped(self.visits),
            F::Unwrap | F::UnwrapOpt => self.walked(first, first.len),
            F::Slice => self.walked(first, first.len),
            F::Flatten => self.flatten(first),
            F::Distinct => self.distinct(first),
            F::Sort => {
                self.charge_sorting(first.len, first.bytes);
                self.walked(first, first.len)
            }
            F::First => first.part(self.visits).wrapped(self.visits),
            F::Last => {
                self.charge(first.len.sum);
                first.part(self.visits).wrapped(self.visits)
            }
            F::Range => self.range(operands),
            F::SetContains | F::SetIntersects => self.pairs(&sizes, 1),
            F::SetEquivalent => self.pairs(&sizes, 2),
            F::Size
            | F::ToBool
            | F::ToInt
            | F::ToUint
            | F::ToDouble
            | F::ToTimestamp
            | F::ToDuration
            | F::Type
            | F::FullYear
            | F::Month
            | F::Date
            | F::DayOfMonth
            | F::DayOfWeek
            | F::DayOfYear
            | F::Hours
            | F::Minutes
            | F::Seconds
            | F::Milliseconds
            | F::IndexOf
            | F::LastIndexOf
            | F::Ceil
            | F::Floor
            | F::Round
            | F::Trunc
            | F::Sqrt
            | F::Abs
            | F::Sign
            | F::IsNan
            | F::IsInf
            | F::IsFinite
            | F::BitAnd
            | F::BitOr
            | F::BitXor
            | F::BitNot
            | F::BitShiftLeft
            | F::BitShiftRight
            | F::OptionalNone
            | F::HasValue
            | F::Ip
            | F::IsIp
            | F::IsCanonicalIp
            | F::Family
            | F::IsUnspecified
            | F::IsLoopback
            | F::IsGlobalUnicast
            | F::IsLinkLocalMulticast
            | F::IsLinkLocalUnicast
            | F::Cidr
            | F::IsCidr
            | F::ContainsIp
            | F::ContainsCidr
            | F::CidrIp
            | F::Masked
            | F::PrefixLength => self.scalar(),
            // Operations of their own: a call of them fails.
            F::Contains | F::StartsWith | F::EndsWith | F::Or | F::OrValue => self.scalar(),
        }
    }

    /// `string(x)`: a text or bytes as they are, anything else in a few bytes.
    fn shown(&self, value: Size) -> Size {
        let few = Amount::constant(SHOWN, self.visits);
        Size::text(value.text.either(few, self.visits), self.visits)
    }

    /// A text that is written anew.
    fn rewritten(&mut self, text: Amount) -> Size {
        self.charge_blocks(text);
        self.built_text(text)
    }

    /// A list of what `list` holds, for a step each.
    fn walked(&mut self, list: Size, len: Amount) -> Size {
        self.charge(len.sum);
        Size {
            text: Amount::default(),
            len: self.built_len(len),
            ..list
        }
    }

    /// Every value at the depths that are opened takes a step, and may be an element in the end.
    fn flatten(&mut self, list: Size) -> Size {
        let flat = self.walked(list, list.nodes);
        if list.widest.0 == 0 {
            return Size {
                len: self.built_len(list.len),
                ..flat
            };
        }
        flat
    }

    /// Each element is compared with those kept before it: every pair once.
    fn distinct(&mut self, list: Size) -> Size {
        let others = list.len.each;
        self.charge(over(list.len.sum * others, TWO));
        let element = list.part(list.len.sum);
        let once = self.inside(list.len, |inner| inner.equality_of(element, element));
        // The smaller of two is at most half of both, and what is charged for both is charged once a pair.
        self.charge(over(once * others, TWO));
        self.walked(list, list.len)
    }

    /// `lists.range(n)`: numbers until the memory ends.
    fn range(&mut self, operands: &[OpId]) -> Size {
        let most = self.built_elements() + ONE;
        let end = operands.first().and_then(|end| self.whole_number(*end));
        let each = end.map_or(most, |end| most.min(Saturating(end)));
        // All visits share the memory; the last one fails.
        let len = Amount::new(each, most + self.visits, self.visits);
        self.charge(len.sum);
        Size {
            len: self.built_len(len),
            nodes: len.plus(self.constant(1)),
            ..Size::default()
        }
    }

    /// Elements of one list looked for in another, and the other way round.
    fn pairs(&mut self, sizes: &[Size], ways: u64) -> Size {
        if let [left, right] = sizes {
            for (list, wanted) in [(left, right), (right, left)] {
                self.inside(wanted.len, |inner| {
                    let element = wanted.part(inner.visits);
                    let list = list.repeated(wanted.len.each, inner.visits);
                    inner.contains(list, element);
                });
                if ways == 1 {
                    break;
                }
            }
        }
        self.scalar()
    }

    /// `template.format(list)`
    fn format(&mut self, sizes: &[Size]) -> Size {
        let [template, list] = sizes else {
            return self.scalar();
        };
        // A step for each `%`, for each value shown and for each key.
        self.charge(template.text.sum + list.nodes.sum * TWO);
        self.charge(blocks_of(list.bytes.sum) * TWO);
        self.charge_order(*list);
        // Keys are sorted as text; those that are no text are short.
        let keys = list.nodes.sum * blocks_of(SHOWN) + blocks_of(list.bytes.sum);
        let widest = list.len.each.max(list.widest);
        self.charge((list.nodes.sum + keys) * steps(widest));
        let shown = list.nodes.times(SHOWN + SHOWN);
        let clauses = list.len.times(CLAUSE);
        let out = template.text.plus(list.bytes.times(TWO));
        let out = out.plus(shown).plus(clauses);
        self.charge_blocks(out);
        self.charge_blocks(out);
        self.built_text(out)
    }
}
