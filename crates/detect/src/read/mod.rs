//! Values that are read by code of their own, and where that code is started.

mod credentials;
mod file;
mod network;
mod person;
mod secret;

use crate::bytes::{at, opens};
use crate::error::ScanError;
use crate::scan::Pass;

/// Code that reads a kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Discord's three-part tokens.
    Discord,
    /// User and password of a URL.
    UrlUser,
    /// `Server=…;Password=…`.
    Ado,
    /// Textual encodings of private keys.
    Pem,
    /// PuTTY's key files.
    Putty,
    /// Tokens of the `Bearer` scheme.
    Bearer,
    /// Values called a password.
    Password,
    /// Values called a secret.
    Secret,
    /// E-mail addresses.
    Email,
    /// Telephone numbers.
    Phone,
    /// Bank account numbers.
    Iban,
    /// IP addresses.
    Ip,
    /// MAC addresses.
    Mac,
}

/// The words, in lower case, where a reader starts; the others start at runs and signs.
pub(crate) const fn words(reader: Reader) -> &'static [&'static str] {
    match reader {
        Reader::UrlUser => &["://"],
        Reader::Ado => &["server=", "data source=", "host=", "addr="],
        Reader::Pem => &["-----begin "],
        Reader::Putty => &["putty-user-key-file-"],
        Reader::Bearer => &["bearer "],
        Reader::Password => &secret::PASSWORD_NAMES,
        Reader::Secret => &secret::SECRET_NAMES,
        Reader::Phone => &person::PHONE_NAMES,
        Reader::Discord | Reader::Email | Reader::Iban | Reader::Ip | Reader::Mac => &[],
    }
}

/// A reader's word stands at `start..end`.
pub(crate) fn word(
    pass: &mut Pass<'_>,
    reader: Reader,
    start: usize,
    end: usize,
) -> Result<(), ScanError> {
    match reader {
        Reader::UrlUser => credentials::url(pass, start),
        Reader::Ado => credentials::ado(pass, start),
        Reader::Pem => file::pem(pass, start, end),
        Reader::Putty => file::putty(pass, start),
        Reader::Bearer => secret::bearer(pass, start, end),
        Reader::Password => secret::password(pass, end),
        Reader::Secret => secret::secret(pass, end),
        Reader::Phone => person::named_phone(pass, start, end),
        Reader::Discord | Reader::Email | Reader::Iban | Reader::Ip | Reader::Mac => Ok(()),
    }
}

/// A reader's word stands in the label; `last` if the label ends with it.
pub(crate) fn labelled(pass: &mut Pass<'_>, reader: Reader, last: bool) -> Result<(), ScanError> {
    match reader {
        Reader::Password if last => secret::labelled_password(pass),
        Reader::Secret if last => secret::labelled_secret(pass),
        Reader::Phone => person::labelled_phone(pass),
        _ => Ok(()),
    }
}

/// A run of letters and digits, one digit at least.
pub(crate) fn run(
    pass: &mut Pass<'_>,
    start: usize,
    end: usize,
    digits: bool,
) -> Result<(), ScanError> {
    let length = end.saturating_sub(start);
    if digits {
        person::phone(pass, start)?;
        if length <= 3 {
            network::ipv4(pass, start)?;
        }
    } else if opens(pass.bytes, start) {
        if (4..=34).contains(&length) {
            person::iban(pass, start, length)?;
        }
        if (23..=28).contains(&length) {
            credentials::discord(pass, start, end)?;
        }
    }
    match at(pass.bytes, end) {
        b':' | b'-' => hex_group(pass, start, end),
        _ => Ok(()),
    }
}

/// A run that may be the first group of an IPv6 or a MAC address.
pub(crate) fn hex_group(pass: &mut Pass<'_>, start: usize, end: usize) -> Result<(), ScanError> {
    network::colons(pass, start, end)
}

/// An at sign.
pub(crate) fn at_sign(pass: &mut Pass<'_>, place: usize) -> Result<(), ScanError> {
    person::email(pass, place)
}
