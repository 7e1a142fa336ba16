import { z } from 'zod';
import type { HttpDefaults, Plugin } from '../plugin.js';
import type { DatabasePort, FilesPort } from '../ports.js';
import { memoryFiles } from '../testing/memory-files.js';
import { verifyPlugin } from '../verify.js';
import type { CapabilityBench } from './bench.js';
import { checkCancel } from './checks/cancel.check.js';
import { checkExample } from './checks/example.check.js';
import { checkFaults } from './checks/faults.check.js';
import { checkHealth } from './checks/health.check.js';
import { checkInputs } from './checks/input.check.js';
import { checkIdempotency, checkReconcile } from './checks/repeat.check.js';
import { checkSecrets } from './checks/secrets.check.js';
import { checkTrigger } from './checks/trigger.check.js';
import { Findings } from './findings.js';
import { reportOf, type ConformanceReport } from './report.js';
import { isRecord, sampleOf } from './sample.js';
import { subjectOf, type ConformanceSubject, type Settings } from './subject.js';
import { ConformanceTable, type CapabilityExample, type ConformanceExamples } from './table.js';
import { Trials } from './trial.js';

/** What the attempts of the suite are made with, besides the examples. */
export interface ConformanceOptions {
  /** Default: in memory, with the `files` of the examples. */
  files?: FilesPort;
  /** For a plugin with a database of its own. */
  database?: DatabasePort;
  /** Puts files and database into the state that the examples begin with; called before each of them. */
  prepare?: () => Promise<void>;
  /** How long one attempt may take; default 60 s. */
  attemptMsMax?: number;
  /** How long an attempt may go on after it was cancelled; default 30 s. */
  cancelMsMax?: number;
}

/**
 * The conformance suite over a plugin in this process: manifest, schemas both ways, every fault of the other
 * system on every request, repeats, secrets, cancelling. Never rejects for what the plugin does.
 */
export async function testPlugin(
  plugin: Plugin,
  examples: ConformanceExamples,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const faults = verifyPlugin(plugin);
  if (faults.length === 0) return testConformance(subjectOf(plugin), examples, options);
  const findings = new Findings();
  for (const { place, message } of faults) findings.fail('manifest', place || 'the plugin', message);
  const { name = 'unknown', version = '0.0.0' } = (plugin as Partial<Plugin> | undefined) ?? {};
  return reportOf({ plugin: name, version, isolated: false }, findings.results);
}

/** The suite over a plugin wherever it runs. */
export async function testConformance(
  subject: ConformanceSubject,
  examples: unknown,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const findings = new Findings();
  const { name, version } = subject.description;
  findings.pass('manifest', name);
  const table = ConformanceTable.safeParse(examples);
  if (table.success) await checkAll(subject, table.data, { findings, options });
  else findings.fail('examples', name, `The examples cannot be read: ${z.prettifyError(table.error)}`);
  return reportOf({ plugin: name, version, isolated: subject.isolated }, findings.results);
}

async function checkAll(
  subject: ConformanceSubject,
  table: ConformanceTable,
  { findings, options }: { findings: Findings; options: ConformanceOptions },
): Promise<void> {
  const values = settingsOf(subject, table);
  const opened = await open(subject, values, findings);
  if (opened === null) return;
  const { files = memoryFiles(bytesOf(table.files)), database } = options;
  const { prepare = () => Promise.resolve() } = options;
  const { attemptMsMax = 60_000, cancelMsMax = 30_000 } = options;
  const trials = new Trials({
    subject,
    ...opened,
    files,
    database,
    prepare,
    attemptMsMax,
    cancelMsMax,
  });
  for (const capability of subject.description.capabilities) {
    const given = Object.hasOwn(table.capabilities, capability.name)
      ? table.capabilities[capability.name]
      : [];
    await checkCapability({ capability, trials, findings }, given ?? []);
  }
  const { triggers } = subject;
  for (const [name, trigger] of Object.entries(triggers))
    await checkTrigger(
      { name, trigger, settings: values, trials, findings },
      Object.hasOwn(table.triggers, name) ? (table.triggers[name] ?? []) : [],
    );
  for (const name of Object.keys(table.triggers))
    if (!Object.hasOwn(triggers, name)) findings.fail('examples', name, 'The plugin has no such trigger.');
  const known = new Set(subject.description.capabilities.map((one) => one.name));
  for (const name of Object.keys(table.capabilities))
    if (!known.has(name)) findings.fail('examples', name, 'The plugin has no such capability.');
  if (subject.hasHealth) await checkHealth(trials, findings, table.health);
  const secrets = subject.secretNames.flatMap((name): [string, string][] =>
    typeof values[name] === 'string' ? [[name, values[name]]] : [],
  );
  const stray = subject.strayLines().map((text) => ({ where: 'the log, outside of a call', text }));
  checkSecrets(findings, {
    secrets: Object.fromEntries(secrets),
    http: opened.reach.http,
    spoken: [...trials.spoken, ...stray],
  });
}

async function checkCapability(
  bench: CapabilityBench,
  examples: readonly CapabilityExample[],
): Promise<void> {
  const { capability, findings } = bench;
  const { name, effect, reconciles } = capability;
  await checkInputs(bench, examples);
  if (examples.length === 0)
    findings.fail(
      'examples',
      name,
      'There is no example of it, so that nothing of what it does was looked at.',
    );
  let cancelled = false;
  for (const [at, example] of examples.entries()) {
    const place = examples.length === 1 ? name : `${name}, ${example.name ?? `example ${at + 1}`}`;
    const working = await checkExample(bench, place, example);
    if (working === null) continue;
    await checkFaults(bench, working);
    if (effect === 'idempotent-write') await checkIdempotency(bench, working);
    if (reconciles) await checkReconcile(bench, working);
    if (!cancelled) await checkCancel(bench, working);
    cancelled = true;
  }
  if (effect === 'write') judgeWrite(bench, examples);
}

function judgeWrite({ capability, findings }: CapabilityBench, examples: readonly CapabilityExample[]): void {
  const { name, reconciles } = capability;
  if (!reconciles)
    findings.warn('reconcile', name, 'It has no `reconcile`: a person decides when an answer is lost.');
  else if (examples.every(({ reconcile }) => reconcile.length === 0))
    findings.fail('examples', name, 'Its `reconcile` has no example, so that nothing of it was looked at.');
}

/** What the author gave, and for what is required besides something that fits, secrets in particular. */
function settingsOf({ description, secretNames }: ConformanceSubject, table: ConformanceTable): Settings {
  const made = sampleOf(description.settings, false);
  const values: Settings = { ...(isRecord(made) ? made : {}) };
  for (const name of secretNames) if (name in values) values[name] = `tutti-canary-${name}-7f3a9c`;
  return { ...values, ...table.settings };
}

interface Opened {
  settings: Settings;
  reach: { hosts: readonly string[]; http: HttpDefaults | undefined };
}

async function open(
  subject: ConformanceSubject,
  values: Settings,
  findings: Findings,
): Promise<Opened | null> {
  try {
    const settings = subject.settings(values);
    const reach = await subject.reach(settings);
    findings.pass('settings', 'settings');
    return { settings, reach };
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    findings.fail('settings', 'settings', `Give settings that work in the examples. ${message}`);
    return null;
  }
}

function bytesOf(files: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  const encoder = new TextEncoder();
  return Object.fromEntries(Object.entries(files).map(([id, text]) => [id, encoder.encode(text)]));
}
