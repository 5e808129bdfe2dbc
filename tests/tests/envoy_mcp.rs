//! Real MCP peers through the real Envoy: the example's calls come out as the example says.

use anyhow::Result;
use xtask::example::Gateway;
use xtask::layout::Layout;
use xtask::mcp::Client;

fn assert_example(client: Client) -> Result<()> {
    let layout = Layout::of_this_tree();
    let gateway = Gateway::start(&layout)?;
    let rows = gateway.run_calls(&layout, client)?;
    let wrong: Vec<_> = rows.iter().filter(|row| !row.is_expected()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn the_python_client_sees_every_decision_of_the_example() -> Result<()> {
    assert_example(Client::Python)
}

#[test]
fn the_typescript_client_sees_every_decision_of_the_example() -> Result<()> {
    assert_example(Client::TypeScript)
}
