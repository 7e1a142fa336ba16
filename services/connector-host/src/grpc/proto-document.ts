import protobuf from 'protobufjs';
import type { CallRequest, DocumentSource } from '@tutti/contracts';
import type { Failure } from '../calls/outcomes.js';
import { LIMITS } from '../limits.js';
import type { DocumentCache, DocumentKind } from '../openapi/document-cache.js';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';

/** A `.proto` file as it was read. */
export interface ProtoDocument {
  text: string;
  address: URL;
  imports: readonly string[];
}

/** Names stay as they are in the file; JSON's own spelling is made where values are converted. */
const OPTIONS = { keepCase: true };

export const PROTO_DOCUMENT: Omit<DocumentKind<ProtoDocument>, 'files'> = {
  name: 'proto document',
  accept: 'text/plain, */*;q=0.5',
  read(text, address) {
    if (text.length > LIMITS.protoDocumentBytesMax)
      throw new OpenApiError(
        'configuration',
        `It has ${text.length} characters, and ${LIMITS.protoDocumentBytesMax} is the limit.`,
      );
    const { imports = [] } = parsed(text, new protobuf.Root());
    return { text, address, imports };
  },
};

/** Adds the definitions of a file to those of a root. */
function parsed(text: string, root: protobuf.Root): protobuf.IParserResult {
  try {
    return protobuf.parse(text, root, OPTIONS);
  } catch (error) {
    throw new OpenApiError('configuration', `It is no proto document: ${(error as Error).message}`);
  }
}

/** The definitions of proto documents together with what they import. */
export class ProtoRoots {
  readonly #documents: DocumentCache<ProtoDocument>;
  /** What was made of a document, as long as all its parts are the same. */
  readonly #roots = new WeakMap<ProtoDocument, { parts: readonly ProtoDocument[]; root: protobuf.Root }>();

  constructor(documents: DocumentCache<ProtoDocument>) {
    this.#documents = documents;
  }

  /** Throws OpenApiError when the documents do not fit together. */
  async find(request: CallRequest, source: DocumentSource): Promise<protobuf.Root | Failure> {
    const parts = await this.#withImports(request, source);
    if ('status' in parts) return parts;
    const [main] = parts as [ProtoDocument];
    const known = this.#roots.get(main);
    if (known !== undefined && known.parts.every((part, index) => part === parts[index])) return known.root;
    const root = rootOf(parts);
    this.#roots.set(main, { parts, root });
    return root;
  }

  /** A document and all that it imports, each once. Imports stand beside the document that names them. */
  async #withImports(request: CallRequest, source: DocumentSource): Promise<ProtoDocument[] | Failure> {
    const parts: ProtoDocument[] = [];
    const seen = new Set<string>();
    const wanted: DocumentSource[] = [source];
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      if (seen.has(next.uri)) continue;
      seen.add(next.uri);
      if (seen.size > LIMITS.protoImportsMax)
        throw new OpenApiError(
          'configuration',
          `The proto document imports more than ${LIMITS.protoImportsMax} files.`,
        );
      const document = await this.#documents.find(request, next);
      if ('status' in document) return document;
      parts.push(document);
      wanted.push(...importsOf(document, next));
    }
    return parts;
  }
}

/** What is not part of the protobuf library. Credentials go to the origin of the document only. */
function importsOf(
  { imports, address }: ProtoDocument,
  { uri, authorization }: DocumentSource,
): DocumentSource[] {
  const others = imports.filter((name) => protobuf.common.get(name) === null);
  return others.map((name) => {
    const url = new URL(name, address);
    const same = URL.canParse(uri) && new URL(uri).origin === url.origin;
    return { uri: url.href, ...(same && authorization !== undefined && { authorization }) };
  });
}

function rootOf(parts: readonly ProtoDocument[]): protobuf.Root {
  const root = new protobuf.Root();
  const common = new Set<string>();
  try {
    for (const { text, imports } of parts) {
      parsed(text, root);
      for (const name of imports) if (protobuf.common.get(name) !== null) common.add(name);
    }
    for (const name of common) addCommon(root, name);
    root.resolveAll();
    return root;
  } catch (error) {
    if (error instanceof OpenApiError) throw error;
    throw new OpenApiError('configuration', `The proto document cannot be used: ${(error as Error).message}`);
  }
}

function addCommon(root: protobuf.Root, name: string): void {
  const { nested = {} } = protobuf.common.get(name) as protobuf.INamespace;
  root.addJSON(nested);
}
