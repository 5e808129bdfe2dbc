//! Tool names: which are plain, and which are aliases of a prefix.

use super::{is_method, is_plain, is_prefix_alias, is_server};

#[test]
fn only_one_spelling_of_a_tool_name_is_plain() {
    for name in ["get_issue", "A.b/c-d", "x", &"a".repeat(128)] {
        assert!(is_plain(name), "{name}");
    }
    for name in [
        "",
        " get",
        "get ",
        "get\u{200b}",
        "gеt",
        "get\0",
        "a:b",
        "é",
        &"a".repeat(129),
    ] {
        assert!(!is_plain(name), "{name:?}");
    }
}

#[test]
fn servers_never_make_two_pairs_share_a_name() {
    for server in ["crm", "a_b", "_x", "a.b"] {
        assert!(is_server(server), "{server}");
    }
    for server in ["", "a__b", "a_", "a b"] {
        assert!(!is_server(server), "{server:?}");
    }
}

#[test]
fn a_tool_that_repeats_its_server_is_an_alias() {
    assert!(is_prefix_alias("crm", "crm__delete"));
    assert!(is_prefix_alias("crm", "CRM__delete"));
    assert!(!is_prefix_alias("crm", "crm_delete"));
    assert!(!is_prefix_alias("crm", "other__delete"));
}

#[test]
fn only_one_spelling_of_a_method_is_accepted() {
    for method in ["tools/call", "$/cancelRequest", "x-y.z_1", &"a".repeat(128)] {
        assert!(is_method(method), "{method}");
    }
    for method in [
        "",
        " ping",
        "ping ",
        "ping\0",
        "ping\n",
        "a:b",
        "*",
        "pıng",
        &"a".repeat(129),
    ] {
        assert!(!is_method(method), "{method:?}");
    }
}
