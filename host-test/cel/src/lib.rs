//! The CEL engine alone as a wasm module: it holds the benches' questions and answers them by number.
//!
//! Not a product: it shows what the engine costs inside a wasm host. A panic ends the instance.
#![expect(
    unsafe_code,
    reason = "a host finds these functions by name, so the names are not mangled"
)]
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]

use std::cell::RefCell;

use ours::Ours;
use questions::{names, question};

#[path = "../../../crates/cel/benches/cases/mod.rs"]
mod cases;
#[path = "../../../crates/cel/benches/ours/mod.rs"]
mod ours;
#[path = "../../../crates/cel/benches/questions/mod.rs"]
mod questions;

thread_local! {
    static READY: RefCell<Option<Ours>> = const { RefCell::new(None) };
}

/// Gets ready for the question of this number, in the order of the table. Ends the instance where the
/// first answer is not the right one.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(number: u32) {
    let names = names();
    let name = names.get(number as usize).expect("a question's number");
    let question = question(name).expect("named");
    let mut asked = Ours::prepare(&question);
    assert_eq!(asked.ask(1), question.holds, "the answer to `{name}`");
    READY.set(Some(asked));
}

/// Answers the prepared question `times` over: 1 when all its expressions hold, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn ask(times: u32) -> u32 {
    READY.with_borrow_mut(|ready| {
        let asked = ready.as_mut().expect("`prepare` comes first");
        u32::from(asked.ask(times))
    })
}
