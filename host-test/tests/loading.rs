//! What Envoy refuses to load, and how a start can fail.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use callgate_host_test::{Error, Headers, Module, Options, Vm};

fn load(text: &str) -> Result<Module, Error> {
    Module::load(&wat::parse_str(text).expect("valid WAT"))
}

const MARKER: &str = "(func (export \"proxy_abi_version_0_2_1\"))";
const ALLOCATOR: &str = "(func (export \"malloc\") (param i32) (result i32) (i32.const 0))";
const MEMORY: &str = "(memory (export \"memory\") 1)";

fn refusal(text: &str) -> String {
    match load(text) {
        Ok(_) => panic!("loaded: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_module_needs_a_marker_an_allocator_and_memory() {
    let refused = refusal(&format!("(module {ALLOCATOR} {MEMORY})"));
    assert!(refused.contains("ABI 0.2"), "{refused}");
    let refused = refusal(&format!("(module {MARKER} {MEMORY})"));
    assert!(refused.contains("malloc"), "{refused}");
    let refused = refusal(&format!("(module {MARKER} {ALLOCATOR})"));
    assert!(refused.contains("memory"), "{refused}");
    let newer = MARKER.replace("0_2_1", "0_3_0");
    assert!(refusal(&format!("(module {newer} {ALLOCATOR} {MEMORY})")).contains("ABI 0.2"));
    assert!(load(&format!("(module {MARKER} {ALLOCATOR} {MEMORY})")).is_ok());
}

#[test]
fn an_unknown_import_refuses_the_module() {
    let import = "(import \"__wbindgen_placeholder__\" \"f\" (func))";
    let refused = refusal(&format!("(module {import} {MARKER} {ALLOCATOR} {MEMORY})"));
    assert!(refused.contains("__wbindgen_placeholder__"), "{refused}");
}

#[test]
fn a_configuration_the_module_refuses_is_an_error() {
    let configure =
        "(func (export \"proxy_on_configure\") (param i32 i32) (result i32) (local.get 1))";
    let module = load(&format!(
        "(module {MARKER} {ALLOCATOR} {MEMORY} {configure})"
    ))
    .expect("loads");
    assert!(Vm::start(&module, "{}", Options::default()).is_ok());
    let Err(error) = Vm::start(&module, "", Options::default()) else {
        panic!("started");
    };
    assert!(matches!(
        error,
        Error::Rejected {
            callback: "proxy_on_configure",
            ..
        }
    ));
}

#[test]
fn headers_are_ordered_and_lower_case() {
    let mut headers = Headers::new()
        .with("A", "1")
        .with("b", "2")
        .with("a", b"\xff");
    assert_eq!(headers.first("a"), Some(b"1".as_slice()));
    assert_eq!(headers.len(), 3);
    headers.replace("a", "3");
    let pairs: Vec<_> = headers.iter().collect();
    assert_eq!(
        pairs,
        [
            (b"a".as_slice(), b"3".as_slice()),
            (b"b".as_slice(), b"2".as_slice())
        ]
    );
    headers.remove("A");
    assert_eq!(headers, Headers::new().with("b", "2"));
}
