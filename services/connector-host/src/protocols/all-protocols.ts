import { A2aCalls } from '../a2a/a2a-calls.js';
import { AsyncApiCalls } from '../asyncapi/asyncapi-calls.js';
import type { PlainHttpCalls } from '../calls/plain-http-call.js';
import { GrpcCalls } from '../grpc/grpc-calls.js';
import type { AddressGuard } from '../http/address-guard.js';
import { McpCalls } from '../mcp/mcp-calls.js';
import { DocumentFiles } from '../openapi/document-files.js';
import type { Processes } from '../processes/processes.js';
import { ProtocolCalls, type ProtocolParts } from './protocol-calls.js';

/** The calls of all protocols. `http` fetches the documents that describe them. */
export function protocolCalls(
  parts: ProtocolParts & { guard: AddressGuard; http: PlainHttpCalls; processes: Processes },
  {
    allowProcesses = false,
    documentFolder = null,
  }: { allowProcesses?: boolean; documentFolder?: string | null },
): ProtocolCalls {
  const { http, processes } = parts;
  return new ProtocolCalls(parts, {
    mcp: new McpCalls({ processes, allowProcesses }),
    asyncapi: new AsyncApiCalls(parts),
    a2a: new A2aCalls((...asked) => http.follow(...asked)),
    grpc: new GrpcCalls({
      ...parts,
      files: new DocumentFiles(documentFolder),
      follow: (...asked) => http.follow(...asked),
    }),
  });
}
