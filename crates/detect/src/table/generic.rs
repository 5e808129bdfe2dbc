//! Secrets that no single service issues: keys in files, signed tokens, credentials in addresses,
//! and whatever is called a secret.

use super::Detector;
use crate::check::Check;
use crate::read::Reader;
use crate::vocab::{Class, Confidence, Severity};
use Severity::{Critical, High, Medium};

const fn row(class: Class, severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(class, severity, id, title)
}

const fn database(id: &'static str, title: &'static str) -> Detector {
    row(Class::Database, Critical, id, title)
        .read(Reader::UrlUser)
        .check(Check::None)
        .from(URI)
}

const fn pem(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    row(Class::PrivateKey, severity, id, title)
        .read(Reader::Pem)
        .check(Check::None)
        .from("RFC 7468")
}

const URI: &str = "RFC 3986, section 3.2.1";
const CRYPT: &str = "https://manpages.debian.org/crypt(5)";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    database("postgres-url", "PostgreSQL address with a password"),
    database("mysql-url", "MySQL or MariaDB address with a password"),
    database("mongodb-url", "MongoDB address with a password"),
    database("redis-url", "Redis address with a password"),
    database("amqp-url", "AMQP address with a password"),
    database("sqlserver-url", "SQL Server address with a password"),
    database("database-url", "Database or message broker address with a password"),
    row(Class::Database, Critical, "ado-connection-string", "Connection string with a password")
        .read(Reader::Ado).check(Check::None).from("https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax"),
    row(Class::Generic, High, "url-password", "Address with a password").read(Reader::UrlUser).check(Check::None).from(URI),
    pem(Critical, "private-key-rsa", "RSA private key"),
    pem(Critical, "private-key-ec", "EC private key"),
    pem(Critical, "private-key-dsa", "DSA private key"),
    pem(Critical, "private-key-openssh", "OpenSSH private key"),
    pem(Critical, "private-key-pkcs8", "PKCS #8 private key"),
    pem(High, "private-key-encrypted", "Encrypted PKCS #8 private key"),
    pem(Critical, "private-key-pgp", "PGP private key block"),
    pem(Critical, "private-key-other", "Private key of another kind"),
    row(Class::PrivateKey, Critical, "private-key-putty", "PuTTY private key")
        .read(Reader::Putty).check(Check::None).from("https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html"),
    row(Class::PrivateKey, Critical, "private-key-age", "age identity")
        .token(&[r"AGE-SECRET-KEY-1\A{58}"]).check(Check::Bech32).sure(Confidence::Certain).from("https://age-encryption.org/v1"),
    row(Class::PrivateKey, Critical, "private-key-wireguard", "WireGuard private key")
        .named(&["privatekey"], &[r"\b{43}="]).from("https://www.wireguard.com/#conceptual-overview"),
    row(Class::Crypto, Critical, "bitcoin-private-key", "Bitcoin private key (WIF)")
        .word(&[r"5\w{50}", r"K\w{51}", r"L\w{51}"]).check(Check::Base58(&[0x80])).sure(Confidence::Certain).from("https://en.bitcoin.it/wiki/Wallet_import_format"),
    row(Class::Crypto, Critical, "bitcoin-extended-private-key", "BIP 32 extended private key")
        .word(&[r"xprv\w{107}"]).check(Check::Base58(&[0x04])).sure(Confidence::Certain).from("https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki"),
    row(Class::Generic, High, "jwt", "JSON Web Token")
        .token(&[r"eyJ\u{12,4096}.eyJ\u{6,8192}.\u{16,1024}"]).check(Check::Jwt).sure(Confidence::Certain).from("RFC 7519"),
    row(Class::Generic, High, "jwt-unsigned", "JSON Web Token without a signature")
        .token(&[r"eyJ\u{12,4096}.eyJ\u{6,8192}."]).check(Check::Jwt).sure(Confidence::Certain).from("RFC 7519, section 6"),
    row(Class::Generic, High, "jwe", "JSON Web Encryption token")
        .token(&[r"eyJ\u{12,4096}.\u{0,1024}.\u{8,64}.\u{8,8192}.\u{16,64}"]).check(Check::Jwe).sure(Confidence::Certain).from("RFC 7516"),
    row(Class::Generic, High, "basic-auth-header", "HTTP basic credentials")
        .token(&[r"Basic \e{8,400}", r"basic \e{8,400}"]).check(Check::BasicAuth).sure(Confidence::Certain).from("RFC 7617"),
    row(Class::Generic, High, "bearer-token", "HTTP bearer token")
        .read(Reader::Bearer).check(Check::None).sure(Confidence::Low).from("RFC 6750"),
    row(Class::Generic, Medium, "password-hash", "Password hash")
        .token(&[r"$2a$\d{2}$\s{53}", r"$2b$\d{2}$\s{53}", r"$2y$\d{2}$\s{53}"]).check(Check::Written).from(CRYPT),
    row(Class::Generic, Medium, "password-hash-argon2", "Password hash (Argon2)")
        .token(&[r"$argon2id$v=19$m=\d{1,9},t=\d{1,4},p=\d{1,4}$\b{11,86}$\b{16,128}", r"$argon2i$v=19$m=\d{1,9},t=\d{1,4},p=\d{1,4}$\b{11,86}$\b{16,128}"]).check(Check::Written)
        .from("https://github.com/P-H-C/phc-winner-argon2"),
    row(Class::Generic, High, "generic-password", "Value called a password")
        .read(Reader::Password).check(Check::None).sure(Confidence::Low).from("by name"),
    row(Class::Generic, High, "generic-secret", "Value called a secret, key or token")
        .read(Reader::Secret).check(Check::None).sure(Confidence::Low).from("by name"),
];
