//! Personal data that is the same everywhere: ways to reach people, money, networks.

use super::Detector;
use crate::check::Check;
use crate::read::Reader;
use crate::vocab::{Class, Confidence, Severity};
use Class::{Contact, Crypto, Financial, Network};
use Severity::{Critical, High, Low, Medium};

const fn row(class: Class, severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(class, severity, id, title)
}

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(Contact, Low, "email-address", "E-mail address").read(Reader::Email).check(Check::None).from("RFC 5321, section 4.1.2; RFC 1035"),
    row(Contact, Low, "phone-number", "Telephone number").read(Reader::Phone).check(Check::None).sure(Confidence::Medium).from("ITU-T E.164; ITU-T E.123; NANPA"),
    row(Network, Low, "imei", "Device identity (IMEI)")
        .number(&[], &["000000000000000", "00-000000-000000-0"], &["imei"]).check(Check::Luhn).sure(Confidence::Certain).from("3GPP TS 23.003"),
    row(Financial, Critical, "payment-card", "Payment card number")
        .number(&["0000 0000 0000 0000", "0000-0000-0000-0000", "0000000000000000", "0000 000000 00000", "0000-000000-00000",
            "000000000000000", "0000 000000 0000", "0000-000000-0000", "00000000000000"],
            &["0000000000000", "000000000000000000", "0000000000000000000", "0000 0000 0000 0000 000", "0000.0000.0000.0000"],
            &["card", "cc", "visa", "mastercard", "maestro", "unionpay", "pan"])
        .check(Check::Card).sure(Confidence::Certain).from("ISO/IEC 7812-1"),
    row(Financial, High, "iban", "International bank account number").read(Reader::Iban).check(Check::None).sure(Confidence::Certain).from("ISO 13616-1; SWIFT IBAN Registry"),
    row(Financial, Low, "bic", "Bank identifier code")
        .number(&[], &["AAAAAAXX", "AAAAAAXXXXX"], &["bic", "swift"]).check(Check::None).from("ISO 9362"),
    row(Network, Low, "ip-address", "Public IP address").read(Reader::Ip).check(Check::None).sure(Confidence::Medium).from("RFC 791; RFC 4291; RFC 6890"),
    row(Network, Low, "mac-address", "MAC address").read(Reader::Mac).check(Check::None).sure(Confidence::Medium).from("IEEE 802"),
    row(Crypto, Low, "bitcoin-address", "Bitcoin address")
        .word(&[r"1\w{25,33}", r"3\w{25,33}"]).check(Check::Base58(&[0x00, 0x05])).sure(Confidence::Certain).from("https://en.bitcoin.it/wiki/Base58Check_encoding"),
    row(Crypto, Low, "bitcoin-segwit-address", "Bitcoin SegWit address")
        .word(&[r"bc1\a{39,59}"]).check(Check::Bech32).sure(Confidence::Certain).from("https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki"),
    row(Crypto, Low, "litecoin-address", "Litecoin address")
        .word(&[r"L\w{32,33}", r"M\w{32,33}"]).check(Check::Base58(&[0x30, 0x32])).sure(Confidence::Certain).from("https://github.com/litecoin-project/litecoin/blob/master/src/chainparams.cpp"),
    row(Crypto, Low, "tron-address", "TRON address")
        .word(&[r"T\w{33}"]).check(Check::Base58(&[0x41])).sure(Confidence::Certain).from("https://developers.tron.network/docs/account"),
    row(Crypto, Low, "ethereum-address", "Ethereum address")
        .word(&[r"0x\H{40}"]).sure(Confidence::Medium).from("https://eips.ethereum.org/EIPS/eip-55"),
    row(Crypto, Critical, "ethereum-private-key", "Ethereum private key")
        .named(&["eth_private", "ethereum_private", "wallet_private", "eth-private", "private_key", "privatekey"], &[r"0x\h{64}", r"\h{64}"]).from("https://ethereum.org/en/developers/docs/accounts/"),
    row(Contact, Low, "us-zip-code", "US ZIP code")
        .number(&[], &["00000-0000", "00000"], &["zip", "zipcode", "zip_code", "postal_code", "zip code", "postalcode"]).check(Check::None).from("USPS Publication 28"),
    row(Contact, Low, "uk-postcode", "UK postcode")
        .number(&[], &["A0 0AA", "A00 0AA", "AA0 0AA", "AA00 0AA", "A0A 0AA", "AA0A 0AA"], &["postcode", "post code", "postal code", "post_code", "address"]).check(Check::None).from("BS 7666-2"),
    row(Contact, Low, "ca-postal-code", "Canadian postal code")
        .number(&[], &["A0A 0A0", "A0A0A0", "A0A-0A0"], &["postal", "postal_code", "postcode", "address"]).check(Check::CanadaPost).from("Canada Post addressing guidelines"),
    row(Contact, Low, "de-postal-code", "German postal code")
        .number(&[], &["00000"], &["plz", "postleitzahl"]).check(Check::None).from("Deutsche Post, Postleitzahlenverzeichnis"),
    row(Contact, Low, "nl-postal-code", "Dutch postal code")
        .number(&[], &["0000 AA", "0000AA"], &["postcode"]).check(Check::None).from("NEN 5825"),
    row(Contact, Medium, "vehicle-identification-number", "Vehicle identification number")
        .number(&[], &["XXXXXXXXXXXXXXXXX"], &["vin", "fahrgestellnummer", "chassis"]).check(Check::Vin).from("ISO 3779; 49 CFR 565"),
    row(Financial, High, "us-aba-routing", "US bank routing number")
        .number(&[], &["000000000"], &["routing", "aba", "rtn"]).check(Check::Aba).from("ABA routing number policy"),
];
