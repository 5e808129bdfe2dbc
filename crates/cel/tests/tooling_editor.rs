//! Completion, hover, colours and renaming, with `|` for the cursor.

use callgate_cel::check::Context;
use callgate_cel::tooling::{TokenClass, complete, hover, rename, semantic_tokens};
use callgate_cel::{Environment, Type};
use callgate_model::Limits;

fn environment() -> Environment {
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.labels", Type::map(Type::String))
        .leaf("identity.groups", Type::list(Type::String))
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.args", Type::Dyn)
        .build()
}

/// The source without its cursor, and where the cursor stood.
fn cursor(marked: &str) -> (String, u32) {
    let at = marked.find('|').unwrap_or(marked.len());
    (
        marked.replacen('|', "", 1),
        u32::try_from(at).unwrap_or(u32::MAX),
    )
}

/// The labels offered.
fn offered(marked: &str) -> Vec<String> {
    let (source, at) = cursor(marked);
    let environment = environment();
    let found = complete(&source, at, Context::from(&environment), &Limits::default());
    found.items.into_iter().map(|item| item.label).collect()
}

/// What is shown: title and documentation.
fn told(marked: &str) -> Option<String> {
    let (source, at) = cursor(marked);
    let environment = environment();
    let found = hover(&source, at, Context::from(&environment), &Limits::default())?;
    let lines = [found.title.as_str(), found.doc];
    Some(lines.join("\n").trim_end().to_owned())
}

#[test]
fn fields_are_offered_after_a_dot() {
    let fields = |marked| offered(marked).into_iter().take(3).collect::<Vec<_>>();
    assert_eq!(fields("identity.|"), ["groups", "labels", "name"]);
    assert_eq!(offered("identity.na|"), ["name"]);
    assert_eq!(offered("identity.na| == \"a\" && true"), ["name"]);
    assert_eq!(offered("request.to|.name"), ["tool"]);
}

#[test]
fn methods_are_offered_for_what_stands_before_the_dot() {
    let text = offered("identity.name.|");
    assert!(text.contains(&"startsWith".to_owned()), "{text:?}");
    assert!(!text.contains(&"exists".to_owned()), "{text:?}");
    let list = offered("identity.groups.ex|");
    assert_eq!(list, ["exists", "existsOne", "exists_one"]);
    assert_eq!(offered("identity.labels.?team.orV|"), ["orValue"]);
    assert_eq!(
        offered("math.abs(1) + math.bitS|"),
        ["bitShiftLeft", "bitShiftRight"]
    );
    assert_eq!(offered("cel.b|"), ["bind"]);
}

#[test]
fn names_are_offered_where_an_operand_begins() {
    assert_eq!(
        offered("ident|"),
        ["identity.groups", "identity.labels", "identity.name"]
    );
    assert_eq!(offered("identity.groups.exists(group, gr|)"), ["group"]);
    assert_eq!(offered("true && ha|"), ["has"]);
    assert!(offered("|").contains(&"request.tool.name".to_owned()));
}

#[test]
fn nothing_is_offered_in_texts_and_comments() {
    assert!(offered("identity.name == \"id|\"").is_empty());
    assert!(offered("true // id|").is_empty());
}

#[test]
fn types_and_documentation_are_shown() {
    assert_eq!(told("ident|ity.name"), Some("identity: object".to_owned()));
    assert_eq!(
        told("identity.na|me"),
        Some("identity.name: string".to_owned())
    );
    let group = told("identity.groups.exists(g, g| == \"a\")");
    assert_eq!(group, Some("g: string".to_owned()));
    let function = told("identity.name.starts|With(\"a\")").unwrap_or_default();
    assert!(
        function.starts_with("string.startsWith(string) -> bool\nWhether"),
        "{function}"
    );
    let function = told("math.gr|eatest(1, 2)").unwrap_or_default();
    assert!(
        function.contains("The greatest of the numbers"),
        "{function}"
    );
    assert_eq!(told("1 +| 1"), None);
}

#[test]
fn every_byte_of_a_token_has_one_class() {
    let source = "has(identity.name) && [1].all(x, x in int) // why\n|| `a";
    let environment = environment();
    let found = semantic_tokens(source, Context::from(&environment), &Limits::default());
    let class = |text: &str| {
        let at = source.find(text).unwrap_or_default();
        let is_here = |start: u32| usize::try_from(start) == Ok(at);
        let token = found.iter().find(|token| is_here(token.span.start));
        token.map(|token| token.class)
    };
    assert_eq!(class("has"), Some(TokenClass::Macro));
    assert_eq!(class("identity"), Some(TokenClass::Variable));
    assert_eq!(class("name"), Some(TokenClass::Field));
    assert_eq!(class("x,"), Some(TokenClass::Local));
    assert_eq!(class("in int"), Some(TokenClass::Keyword));
    assert_eq!(class("int"), Some(TokenClass::Type));
    assert_eq!(class("// why"), Some(TokenClass::Comment));
    assert!(found.is_sorted_by_key(|token| token.span.start));
    assert!(
        found
            .windows(2)
            .all(|pair| pair[0].span.end <= pair[1].span.start)
    );
}

#[test]
fn a_path_is_renamed_where_it_is_read() {
    let environment = environment();
    let renamed = |source, names| {
        rename(
            source,
            names,
            Context::from(&environment),
            &Limits::default(),
        )
        .unwrap_or_else(|found| format!("{found:?}"))
    };
    let names = ("request.tool.args.id", "request.tool.args.issue_id");
    assert_eq!(
        renamed(
            "request.tool.args.id == 1 && has( request.tool.args.id ) // id",
            names
        ),
        "request.tool.args.issue_id == 1 && has( request.tool.args.issue_id ) // id"
    );
    assert_eq!(
        renamed("request.tool.args.idx == \"id\"", names),
        "request.tool.args.idx == \"id\""
    );
    assert_eq!(
        renamed(
            "[identity].map(identity, identity.name) == [identity.name]",
            ("identity.name", "identity.id")
        ),
        "[identity].map(identity, identity.name) == [identity.id]"
    );
}
