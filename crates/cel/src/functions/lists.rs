//! The list and set extensions.

use core::cmp::Ordering;

use super::{Function, Outcome};
use crate::error::ErrorCode;
use crate::eval::Evaluation;
use crate::value::{Kind, Value, blocks, steps};

/// Levels `flatten` may be asked for.
const DEEPEST: i64 = 64;

pub(super) fn call<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    function: Function,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    use Function as F;
    match (function, arguments) {
        (F::Slice, [list, Value::Int(from), Value::Int(to)]) => {
            slice(evaluation, *list, *from, *to)
        }
        (F::Flatten, [list]) => flatten(evaluation, *list, 1),
        (F::Flatten, [list, Value::Int(depth)]) if (0..=DEEPEST).contains(depth) => {
            flatten(evaluation, *list, *depth)
        }
        (F::Flatten, [_, Value::Int(_)]) => Err(ErrorCode::InvalidArgument),
        (F::Distinct, [list]) => distinct(evaluation, *list),
        (F::Reverse, [list]) => {
            let reversed = copied(evaluation, *list)?;
            reversed.reverse();
            Ok(Value::List(reversed))
        }
        (F::Sort, [list]) => {
            let sorted = copied(evaluation, *list)?;
            sort_by_key(evaluation, sorted, |value| value)?;
            Ok(Value::List(sorted))
        }
        (F::First, [list]) => {
            let first = list.as_list().ok_or(ErrorCode::NoMatchingOverload)?.next();
            end_of(evaluation, first)
        }
        (F::Last, [list]) => {
            let size = list.count().unwrap_or(0) as u64;
            evaluation.gas.charge(size)?;
            let last = list.as_list().ok_or(ErrorCode::NoMatchingOverload)?.last();
            end_of(evaluation, last)
        }
        (F::Range, [Value::Int(end)]) => range(evaluation, *end),
        (F::SetContains, [list, wanted]) => contains_all(evaluation, *list, *wanted),
        (F::SetEquivalent, [left, right]) => {
            let all = contains_all(evaluation, *left, *right)?;
            if all.as_bool() == Some(true) {
                contains_all(evaluation, *right, *left)
            } else {
                Ok(all)
            }
        }
        (F::SetIntersects, [left, right]) => intersects(evaluation, *left, *right),
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

fn end_of<'a>(
    evaluation: &Evaluation<'a, '_>,
    element: Option<Result<Value<'a>, ErrorCode>>,
) -> Outcome<'a> {
    let element = element.transpose()?;
    let kept = element
        .map(|element| evaluation.arena.value(element))
        .transpose()?;
    Ok(Value::Optional(kept))
}

/// The elements of a list in a slice of their own.
fn copied<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    list: Value<'a>,
) -> Result<&'a mut [Value<'a>], ErrorCode> {
    let elements = list.as_list().ok_or(ErrorCode::NoMatchingOverload)?;
    let size = list.count().unwrap_or(0);
    evaluation.gas.charge(size as u64)?;
    let copy = evaluation.arena.values(size)?;
    for (place, element) in copy.iter_mut().zip(elements) {
        *place = element?;
    }
    Ok(copy)
}

fn slice<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    list: Value<'a>,
    from: i64,
    to: i64,
) -> Outcome<'a> {
    let elements = list.as_list().ok_or(ErrorCode::NoMatchingOverload)?;
    let size = i64::try_from(list.count().unwrap_or(0)).unwrap_or(i64::MAX);
    if from < 0 || to < from || to > size {
        return Err(ErrorCode::IndexOutOfBounds);
    }
    let place = |at: i64| usize::try_from(at).unwrap_or(usize::MAX);
    evaluation.gas.charge(to.unsigned_abs())?;
    let mut kept = evaluation.arena.list(place(to.saturating_sub(from)));
    for element in elements.take(place(to)).skip(place(from)) {
        kept.push(element?)?;
    }
    Ok(Value::List(kept.finish()))
}

fn flatten<'a>(evaluation: &mut Evaluation<'a, '_>, list: Value<'a>, depth: i64) -> Outcome<'a> {
    let mut flat = evaluation.arena.list(0);
    let mut open = vec![list.as_list().ok_or(ErrorCode::NoMatchingOverload)?];
    while let Some(elements) = open.last_mut() {
        let Some(element) = elements.next() else {
            open.pop();
            continue;
        };
        let element = element?;
        evaluation.gas.charge(1)?;
        let levels = i64::try_from(open.len()).unwrap_or(i64::MAX);
        match element.as_list() {
            Some(inner) if levels <= depth => open.push(inner),
            _ => flat.push(element)?,
        }
    }
    Ok(Value::List(flat.finish()))
}

fn distinct<'a>(evaluation: &mut Evaluation<'a, '_>, list: Value<'a>) -> Outcome<'a> {
    let mut kept = evaluation.arena.list::<Value<'a>>(0);
    'elements: for element in list.as_list().ok_or(ErrorCode::NoMatchingOverload)? {
        let element = element?;
        for known in kept.items_mut() {
            evaluation.gas.charge(1)?;
            if known.equals(element, evaluation.gas)? {
                continue 'elements;
            }
        }
        kept.push(element)?;
    }
    Ok(Value::List(kept.finish()))
}

/// Sorts items whose keys all have one ordered type; equal keys keep their order.
pub(crate) fn sort_by_key<'a, T: Copy>(
    evaluation: &mut Evaluation<'a, '_>,
    items: &mut [T],
    key: impl Fn(T) -> Value<'a>,
) -> Result<(), ErrorCode> {
    let Some(first) = items.first() else {
        return Ok(());
    };
    let kind = key(*first).kind();
    let ordered = matches!(
        kind,
        Kind::Bool
            | Kind::Int
            | Kind::Uint
            | Kind::Double
            | Kind::String
            | Kind::Bytes
            | Kind::Timestamp
            | Kind::Duration
    );
    if !ordered || items.iter().any(|item| key(*item).kind() != kind) {
        return Err(ErrorCode::NoMatchingOverload);
    }
    let is_nan = |item: &T| matches!(key(*item), Value::Double(double) if double.is_nan());
    if items.iter().any(is_nan) {
        return Err(ErrorCode::InvalidArgument);
    }
    // The sort itself cannot fail: it is paid for before it begins, and without NaN every two
    // keys of one kind have an order. A comparison that gave up half-way would be no order at all.
    let size =
        (items.len() as u64).saturating_add(blocks(items.iter().map(|item| key(*item).byte_len())));
    evaluation
        .gas
        .charge(size.saturating_mul(steps(items.len())))?;
    callgate_json::sort_by(items, |a, b| {
        key(*a).order(key(*b)).flatten().unwrap_or(Ordering::Equal)
    });
    Ok(())
}

fn range<'a>(evaluation: &mut Evaluation<'a, '_>, end: i64) -> Outcome<'a> {
    let mut list = evaluation.arena.list(0);
    for number in 0..end {
        evaluation.gas.charge(1)?;
        list.push(Value::Int(number))?;
    }
    Ok(Value::List(list.finish()))
}

fn contains_all<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    list: Value<'a>,
    wanted: Value<'a>,
) -> Outcome<'a> {
    for element in wanted.as_list().ok_or(ErrorCode::NoMatchingOverload)? {
        if !evaluation.contains(list, element?)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn intersects<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    left: Value<'a>,
    right: Value<'a>,
) -> Outcome<'a> {
    for element in left.as_list().ok_or(ErrorCode::NoMatchingOverload)? {
        if evaluation.contains(right, element?)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
