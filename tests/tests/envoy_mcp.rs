//! Real MCP peers through the real Envoy: the example's calls come out as the example says.

use anyhow::Result;
use xtask::example::Gateway;
use xtask::layout::Layout;

#[test]
fn every_call_of_the_example_is_decided_as_it_says() -> Result<()> {
    let layout = Layout::of_this_tree();
    let gateway = Gateway::start(&layout)?;
    let rows = gateway.run_calls(&layout)?;
    let wrong: Vec<_> = rows.iter().filter(|row| !row.is_expected()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}
