//! Base64 header values: each has one spelling.

use super::decode;

#[test]
fn plain_values_are_themselves_and_sentinels_are_decoded() {
    let cases = [
        ("get_issue", Some("get_issue")),
        ("=?base64?Z2V0X2lzc3Vl?=", Some("get_issue")),
        ("=?base64?w6k=?=", Some("é")),
        ("=?base64??=", Some("")),
        ("=?base64?Z2V0X2lzc3Vl", None),
        ("=?BASE64?Z2V0X2lzc3Vl?=", None),
        ("=?base64?w6k?=", None),
        ("=?base64?w6l=?=", None),
        ("=?base64?/w==?=", None),
        ("=?base64?w 6k=?=", None),
    ];
    for (value, expected) in cases {
        assert_eq!(decode(value).as_deref(), expected, "{value}");
    }
}
