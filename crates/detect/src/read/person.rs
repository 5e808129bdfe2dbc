//! Ways to reach a person, and their bank accounts.

use crate::bytes::{at, before, digit, is_word, opens, part};
use crate::check::iban_checks;
use crate::error::ScanError;
use crate::scan::Pass;

/// What telephone numbers are called.
pub(super) const PHONE_NAMES: [&str; 14] = [
    "phone",
    "telephone",
    "tel:",
    "tel.",
    "mobile",
    "cell:",
    "call me",
    "call us",
    "fax",
    "whatsapp",
    "telefon",
    "handy",
    "teléfono",
    "sms to",
];

/// RFC 5321's longest local part.
const LOCAL: usize = 64;
/// RFC 1035's longest domain.
const DOMAIN: usize = 253;

/// Endings of files and of names that no mail reaches.
const NO_DOMAINS: [&[u8]; 16] = [
    b"png",
    b"jpg",
    b"jpeg",
    b"gif",
    b"svg",
    b"webp",
    b"js",
    b"ts",
    b"css",
    b"json",
    b"html",
    b"local",
    b"invalid",
    b"test",
    b"example",
    b"localhost",
];

/// An address around the at sign at `sign`.
pub(super) fn email(pass: &mut Pass<'_>, sign: usize) -> Result<(), ScanError> {
    pass.pay(LOCAL)?;
    let head = pass.bytes.get(..sign).unwrap_or_default();
    let local = |byte: &&u8| byte.is_ascii_alphanumeric() || b".!#$&'*+-/=^_`{|}~%".contains(byte);
    let length = head
        .iter()
        .rev()
        .take(LOCAL.saturating_add(1))
        .take_while(local)
        .count();
    let mut start = sign.saturating_sub(length);
    // Quotes, equal signs and other marks in front belong to the text around the address.
    while start < sign && !is_word(at(pass.bytes, start)) {
        start = start.saturating_add(1);
    }
    let split = part(pass.bytes, start, sign)
        .iter()
        .rposition(|byte| b"'=`{|}/".contains(byte));
    start = split.map_or(start, |split| start.saturating_add(split).saturating_add(1));
    let domain = sign.saturating_add(1);
    let label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let length = pass.measure(domain, DOMAIN, label)?;
    let mut end = domain.saturating_add(length);
    while end > domain && matches!(before(pass.bytes, end), b'.' | b'-') {
        end = end.saturating_sub(1);
    }
    let fine = start < sign && length <= DOMAIN && before(pass.bytes, sign) != b'.';
    let remote = at(pass.bytes, end) == b':' && is_word(at(pass.bytes, end.saturating_add(1)));
    let samples = pass.detectors.report_samples;
    if fine && !remote && is_domain(part(pass.bytes, domain, end), samples) {
        return pass.report_as("email-address", start, end);
    }
    Ok(())
}

fn is_domain(domain: &[u8], samples: bool) -> bool {
    let lower: Vec<u8> = domain.iter().map(u8::to_ascii_lowercase).collect();
    let mut labels = lower.split(|byte| *byte == b'.').rev();
    let top = labels.next().unwrap_or_default();
    let second = labels.next();
    let named = (2..=24).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic);
    let plain = |label: &[u8]| {
        !label.is_empty() && label.first() != Some(&b'-') && label.last() != Some(&b'-')
    };
    let whole = second.is_some_and(plain) && labels.all(plain);
    // RFC 2606 keeps these for documentation.
    let sample = second == Some(b"example") && matches!(top, b"com" | b"net" | b"org");
    named && whole && (samples || !(sample || NO_DOMAINS.contains(&top)))
}

/// Digits of a number, with where they end.
struct Dialled {
    digits: Vec<u8>,
    groups: Vec<usize>,
    end: usize,
}

/// Digits from `start` on, with single spaces, points, hyphens, strokes and brackets between.
fn dialled(text: &[u8], start: usize) -> Dialled {
    let mut dialled = Dialled {
        digits: Vec::with_capacity(16),
        groups: Vec::new(),
        end: start,
    };
    let mut place = start;
    let mut gap = 0usize;
    while dialled.digits.len() < 17 {
        let byte = at(text, place);
        if byte.is_ascii_digit() {
            if gap > 0 || dialled.groups.is_empty() {
                dialled.groups.push(0);
            }
            if let Some(group) = dialled.groups.last_mut() {
                *group = group.saturating_add(1);
            }
            gap = 0;
            dialled.digits.push(byte);
            dialled.end = place.saturating_add(1);
        } else if matches!(byte, b' ' | b'-' | b'.' | b'(' | b')') && gap < 2 {
            gap = gap.saturating_add(1);
        } else {
            break;
        }
        place = place.saturating_add(1);
    }
    dialled
}

/// A telephone number that begins with the run of digits at `start`.
pub(super) fn phone(pass: &mut Pass<'_>, start: usize) -> Result<(), ScanError> {
    let previous = before(pass.bytes, start);
    let two = start
        .checked_sub(2)
        .map_or(0, |place| at(pass.bytes, place));
    if !opens(pass.bytes, start) || previous == b'+' && is_word(two) {
        return Ok(());
    }
    if previous == b'+' {
        let found = dialled(pass.bytes, start);
        let place = start.saturating_sub(1);
        return if is_e164(&found.digits) && closes(pass.bytes, found.end) {
            pass.report_as("phone-number", place, found.end)
        } else {
            Ok(())
        };
    }
    let bracket = previous == b'(' && at(pass.bytes, start.saturating_add(3)) == b')';
    let second = at(pass.bytes, start.saturating_add(3));
    let french = at(pass.bytes, start) == b'0' && at(pass.bytes, start.saturating_add(2)) == b' ';
    let joined =
        matches!(previous, b'-' | b'.' | b'/' | b'_') || previous == b' ' && two.is_ascii_digit();
    if joined || !(bracket || french || matches!(second, b'-' | b'.')) {
        return Ok(());
    }
    let found = dialled(pass.bytes, start);
    let american = found.groups == [3, 3, 4] && is_nanp(&found.digits);
    let pairs = found.groups == [2, 2, 2, 2, 2] && !matches!(at(&found.digits, 1), b'0');
    let fits = american && !french || pairs && french;
    let place = if bracket {
        start.saturating_sub(1)
    } else {
        start
    };
    if fits && closes(pass.bytes, found.end) {
        return pass.report_as("phone-number", place, found.end);
    }
    Ok(())
}

/// A number behind a word such as `phone`.
pub(super) fn named_phone(pass: &mut Pass<'_>, start: usize, end: usize) -> Result<(), ScanError> {
    pass.pay(64)?;
    let letter = |byte: u8| byte.is_ascii_alphabetic();
    if letter(before(pass.bytes, start))
        && before(pass.bytes, start).is_ascii_lowercase()
            == at(pass.bytes, start).is_ascii_lowercase()
    {
        return Ok(());
    }
    let tail = part(
        pass.bytes,
        end,
        pass.bytes.len().min(end.saturating_add(28)),
    );
    let gap = tail
        .iter()
        .take_while(|byte| !byte.is_ascii_digit() && !matches!(byte, b'\n' | b'.' | b'/' | b'+'))
        .count();
    let place = end.saturating_add(gap);
    if !at(pass.bytes, place).is_ascii_digit() || is_word(before(pass.bytes, place)) {
        return Ok(());
    }
    local_phone(pass, place)
}

/// A text whose label says that it is a number.
pub(super) fn labelled_phone(pass: &mut Pass<'_>) -> Result<(), ScanError> {
    let (start, end) = pass.whole_text();
    let head = usize::from(at(pass.bytes, start) == b'(');
    let start = start.saturating_add(head);
    if at(pass.bytes, start).is_ascii_digit() && dialled(pass.bytes, start).end == end {
        return local_phone(pass, start);
    }
    Ok(())
}

fn local_phone(pass: &mut Pass<'_>, start: usize) -> Result<(), ScanError> {
    let found = dialled(pass.bytes, start);
    let digits = found.digits.as_slice();
    let varied = digits.iter().any(|digit| *digit != at(digits, 0));
    let international = digits.strip_prefix(b"00").is_some_and(is_e164);
    let american = matches!(digits.len(), 10) && is_nanp(digits)
        || digits.len() == 11 && is_e164(digits) && at(digits, 0) == b'1';
    let national =
        at(digits, 0) == b'0' && at(digits, 1) != b'0' && (8..=12).contains(&digits.len());
    let grouped =
        found.groups.len() > 1 && (7..=11).contains(&digits.len()) && at(digits, 0) != b'0';
    let start = if before(pass.bytes, start) == b'(' {
        start.saturating_sub(1)
    } else {
        start
    };
    if varied && closes(pass.bytes, found.end) && (international || american || national || grouped)
    {
        return pass.report_as("phone-number", start, found.end);
    }
    Ok(())
}

/// Whether a number ends here.
fn closes(text: &[u8], end: usize) -> bool {
    let next = at(text, end);
    let joined =
        matches!(next, b'-' | b'.' | b'/' | b':') && is_word(at(text, end.saturating_add(1)));
    !is_word(next) && next != b'_' && !joined
}

/// The North American plan: neither area nor exchange begin with 0 or 1, nor end in 11; 555-01xx
/// is for fiction.
fn is_nanp(digits: &[u8]) -> bool {
    let [a, b, c, d, e, f, g, h, ..] = digits else {
        return false;
    };
    let code = |a: u8, b: u8, c: u8| a >= b'2' && !(b == b'1' && c == b'1');
    let fiction = [*d, *e, *f, *g, *h] == *b"55501";
    digits.len() == 10 && code(*a, *b, *c) && code(*d, *e, *f) && !fiction
}

/// E.164: an assigned country code and a length that numbers of the country have.
fn is_e164(digits: &[u8]) -> bool {
    let length = digits.len();
    let [first, second, third, ..] = digits else {
        return false;
    };
    let varied = digits
        .iter()
        .skip(4)
        .any(|digit| Some(digit) != digits.last());
    let fits = match (first, second) {
        (b'1', _) => length == 11 && is_nanp(digits.get(1..).unwrap_or_default()),
        (b'7', _) => length == 11,
        (b'2', b'0' | b'7') => (11..=12).contains(&length),
        (b'2', b'8') => false,
        (b'3', b'3' | b'1' | b'4' | b'2') => (10..=11).contains(&length),
        (b'3', b'0') => length == 12,
        (b'3', b'6' | b'9') => (10..=13).contains(&length),
        (b'3', b'8') | (b'8', b'3' | b'9') if matches!(third, b'4') => false,
        (b'4', b'0' | b'1' | b'5') => (10..=11).contains(&length),
        (b'4', b'2') => matches!(third, b'0' | b'1' | b'3') && (10..=12).contains(&length),
        (b'4', b'4') => (11..=12).contains(&length),
        (b'4', b'6') => (9..=13).contains(&length),
        (b'4', _) => (10..=13).contains(&length),
        (b'5', b'0' | b'9') => (10..=12).contains(&length),
        (b'5', _) => (10..=13).contains(&length),
        (b'6', b'1') => length == 11,
        (b'6', b'7' | b'8' | b'9') => (8..=11).contains(&length),
        (b'6', _) => (9..=13).contains(&length),
        (b'8', b'1' | b'2' | b'4' | b'6') => (10..=13).contains(&length),
        (b'8', b'3' | b'9') => false,
        (b'9', b'1') => length == 12,
        (b'9', _) | (b'8', _) | (b'3', _) | (b'2', _) => (9..=13).contains(&length),
        _ => false,
    };
    fits && varied
}

/// Countries of the IBAN registry and the lengths of their numbers.
const IBAN: &[u8] = b"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

/// An account number that begins with the run at `start`, in one piece or in groups of four.
pub(super) fn iban(pass: &mut Pass<'_>, start: usize, run: usize) -> Result<(), ScanError> {
    let head = part(pass.bytes, start, start.saturating_add(4));
    let [a, b, c, d] = head else {
        return Ok(());
    };
    let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    let known = IBAN.chunks(4).find(|entry| entry.starts_with(&country));
    let (Some([_, _, tens, ones]), Some(_), Some(_)) = (known, digit(*c), digit(*d)) else {
        return Ok(());
    };
    let digits = digit(*tens).zip(digit(*ones));
    let length = digits.map_or(0, |(tens, ones)| {
        tens.saturating_mul(10).saturating_add(ones)
    }) as usize;
    if run > 4 && run != length {
        return Ok(());
    }
    pass.pay(64)?;
    let mut compact = Vec::with_capacity(length);
    let mut place = start;
    while compact.len() < length {
        let byte = at(pass.bytes, place);
        let grouped = run == 4 && compact.len().is_multiple_of(4);
        if byte.is_ascii_alphanumeric() {
            compact.push(byte.to_ascii_uppercase());
        } else if !(grouped
            && matches!(byte, b' ' | b'-')
            && is_word(at(pass.bytes, place.saturating_add(1))))
        {
            return Ok(());
        }
        place = place.saturating_add(1);
    }
    let over = is_word(at(pass.bytes, place));
    if !over && iban_checks(&compact) {
        return pass.report_as("iban", start, place);
    }
    Ok(())
}
