import { refusalOf, signedHeaders, type VerifiedRequest } from '../../hook-signature.js';
import type { HookRequest } from '../../trigger.js';
import { told, type TriggerBench } from '../bench.js';
import type { SentExample, TriggerExample } from '../table.js';
import type { TrialRequest } from '../trial.js';

const HOOK_URL = 'https://hub.example/v1/hooks/conformance';
/** Bodies that are nothing of the other system. */
const STRANGE = ['', '{"broken": ', '{"tutti-conformance":"of another shape"}', '[1]'];

/** A request to the hook, as the plugin gets it. */
export function sentBy({ method, headers, query, json, text }: SentExample): { sent: HookRequest } {
  const body = json === undefined ? (text ?? '') : JSON.stringify(json);
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    sent: { method, headers: lower, query, text: body, body: new TextEncoder().encode(body) },
  };
}

/**
 * Whether the way in which the host verifies requests lets in what is signed and nothing else. An example
 * that carries a signature of the vendor's proves more than one that the suite signs.
 */
export function checkHookSender(bench: TriggerBench, place: string, { request }: TriggerExample): void {
  const { findings, trigger, settings } = bench;
  const { verify } = trigger;
  if (verify === undefined)
    return findings.warn('webhook', place, 'It has no `verify`: only its address keeps others out.');
  if (request === undefined) return;
  const { sent } = sentBy(request);
  const nowMs = request.signedAt === undefined ? Date.now() : Date.parse(request.signedAt);
  const hook = { method: sent.method, url: HOOK_URL, headers: sent.headers, body: sent.body };
  const how = { settings, nowMs };
  const headers =
    request.signedAt === undefined ? { ...hook.headers, ...signedHeaders(verify, hook, how) } : hook.headers;
  const refused = (more: Partial<VerifiedRequest>, laterMs = 0) =>
    refusalOf(verify, { ...hook, headers, ...more }, { settings, nowMs: nowMs + laterMs });
  const complaints: string[] = [];
  const right = refused({});
  if (right !== null) complaints.push(`A request that is signed is refused: ${right}`);
  if (refused({ headers: sent.headers === headers ? {} : sent.headers }) === null)
    complaints.push('A request without a signature is let in.');
  if (verify.scheme === 'hmac' && refused({ body: new TextEncoder().encode(`${sent.text} `) }) === null)
    complaints.push('A request whose body was changed is let in.');
  findings.judge('webhook', place, complaints);
  if (verify.scheme === 'hmac' && verify.timestamp === undefined)
    findings.warn('webhook', place, 'Its signature has no time: who saw a request can send it again.');
}

/** Whether what is nothing of the other system is refused as wrong, and makes no event. */
export async function checkMalformedHooks(
  { trials, findings, trigger }: TriggerBench,
  place: string,
  request: TrialRequest,
): Promise<void> {
  if (trigger.kind !== 'webhook') return;
  for (const text of STRANGE) {
    const { sent } = request.trigger ?? {};
    if (sent === undefined) return;
    const strange = { ...sent, text, body: new TextEncoder().encode(text) };
    const trial = await trials.attempt({ ...request, trigger: { ...request.trigger, sent: strange } });
    const { ending } = trial;
    const isRefused =
      ending.how === 'permanent' ||
      (ending.how === 'triggered' && ending.value === 'ignored') ||
      (ending.how === 'defect' && /ZodError$|^SyntaxError$/.test(ending.error.name));
    const complaint = `A body that is none of the other system's is to be refused, but ${told(ending)}`;
    findings.judge('malformed', `${place}, body ${JSON.stringify(text)}`, isRefused ? [] : [complaint]);
  }
}
