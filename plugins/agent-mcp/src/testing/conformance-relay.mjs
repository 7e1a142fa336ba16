// What the conformance suite starts as a client: hands the scenario on to the test, which has the connector.
const [relay, url] = process.argv.slice(2);
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env;
const body = JSON.stringify({ scenario, url, context: JSON.parse(context) });
const answer = await fetch(relay, { method: 'POST', body });
if (!answer.ok) console.error(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
