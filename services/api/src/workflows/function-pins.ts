import {
  FUNCTION_LIMITS,
  functionReferences,
  type FunctionReference,
  type Locate,
  parseFunction,
  pointerToken,
  type TaskDefinition,
  withFunctions,
  type WorkflowDocument,
} from '@tutti/workflow';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { FUNCTION_SOURCE, type FunctionSource } from './function-source.js';

type Definition = { definition: TaskDefinition } | { problem: string };

/** A document with its functions in it. */
export interface Pinned {
  document: WorkflowDocument;
  /** Functions that cannot be had, by their `call`, and why. */
  unread: Map<string, string>;
  /** Where the text stands that a pointer into a fetched function comes from: the call. */
  within: (locate: Locate) => Locate;
}

const REMEMBERED_MAX = 200;
const FETCHES_AT_ONCE_MAX = 4;

/**
 * Fetches the functions of catalogs and by address that a document calls, and what these call, and puts their
 * definitions into the document. So the version that is stored has them, its hash changes with them, and a
 * run fetches nothing. What was fetched is remembered for a moment: what a preview showed is applied.
 */
@Injectable()
export class FunctionPins implements OnApplicationShutdown {
  private readonly remembered = new Map<string, { definition: Definition; atMs: number }>();

  constructor(
    @Inject(FUNCTION_SOURCE) private readonly source: FunctionSource | null,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.source?.close?.();
  }

  async pin(document: WorkflowDocument): Promise<Pinned> {
    const fetched = new Map<string, TaskDefinition>();
    const unread = new Map<string, string>();
    const callers = new Map<string, string>();
    const deadline = AbortSignal.timeout(this.config.functionsFetchMs);
    let references = functionReferences(document);
    for (let depth = 1; references.length > 0; depth += 1) {
      for (const { call, pointer } of references) callers.set(call, pointer);
      const definitions = await this.definitionsOf(references, { depth, known: fetched.size, deadline });
      references = [];
      for (const [{ call, pointer }, found] of definitions) {
        if ('problem' in found) unread.set(call, found.problem);
        else {
          fetched.set(call, found.definition);
          references.push(
            ...functionReferences(document, found.definition).map((of) => ({ ...of, pointer })),
          );
        }
      }
      references = onlyNew(references, callers);
    }
    return {
      document: withFunctions(document, fetched),
      unread,
      within: (locate) => within(locate, callers),
    };
  }

  private async definitionsOf(
    references: readonly FunctionReference[],
    { depth, known, deadline }: { depth: number; known: number; deadline: AbortSignal },
  ): Promise<[FunctionReference, Definition][]> {
    const { functions, depth: depthMax } = FUNCTION_LIMITS;
    return eachInTurn(references, async (reference, index): Promise<[FunctionReference, Definition]> => {
      if (depth > depthMax)
        return [reference, { problem: `functions call others more than ${depthMax} deep` }];
      if (known + index >= functions)
        return [reference, { problem: `a document has at most ${functions} functions of others` }];
      return [reference, await this.definitionAt(reference.address, deadline)];
    });
  }

  private async definitionAt(address: string, deadline: AbortSignal): Promise<Definition> {
    const known = this.remembered.get(address);
    if (known !== undefined && Date.now() - known.atMs < this.config.functionCacheMs) return known.definition;
    if (this.source === null) return { problem: 'this hub fetches none' };
    const { functionsFetchMs } = this.config;
    const late = {
      problem: `the functions of the document were not all fetched within ${functionsFetchMs} ms`,
    };
    if (deadline.aborted) return late;
    const read = await this.source.read(address, { bytesMax: FUNCTION_LIMITS.bytes, signal: deadline });
    if ('problem' in read) return deadline.aborted ? late : read;
    const parsed = parseFunction(read.text);
    const definition = 'problem' in parsed ? { problem: `${address}: ${parsed.problem}` } : parsed;
    if (this.remembered.size >= REMEMBERED_MAX) this.remembered.clear();
    this.remembered.set(address, { definition, atMs: Date.now() });
    return definition;
  }
}

/** A few at once, so that one document is no burst on a catalog, and holds few replies in memory. */
async function eachInTurn<T, R>(
  items: readonly T[],
  perform: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const work = async () => {
    for (const [index, item] of left) results[index] = await perform(item, index);
  };
  await Promise.all(Array.from({ length: FETCHES_AT_ONCE_MAX }, work));
  return results;
}

function onlyNew(
  references: readonly FunctionReference[],
  known: ReadonlyMap<string, string>,
): FunctionReference[] {
  const first = new Map<string, FunctionReference>();
  for (const reference of references)
    if (!known.has(reference.call) && !first.has(reference.call)) first.set(reference.call, reference);
  return [...first.values()];
}

function within(locate: Locate, callers: ReadonlyMap<string, string>): Locate {
  const places = [...callers].map(([call, pointer]) => [`/use/functions/${pointerToken(call)}`, pointer]);
  return (pointer) => {
    const caller = places.find(([at]) => pointer === at || pointer.startsWith(`${at}/`));
    return locate(caller === undefined ? pointer : `${caller[1]}/call`);
  };
}
