import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';

export const SHOP = `
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "parts/money.proto";

enum State { STATE_UNKNOWN = 0; OPEN = 1; PAID = 2; }
message Order {
  string order_id = 1;
  int64 amount = 2;
  State state = 3;
  repeated string tags = 4;
  map<string, Money> prices = 5;
  google.protobuf.Timestamp created_at = 6;
  google.protobuf.Struct extra = 7;
  bytes seal = 8;
  optional bool urgent = 9;
  oneof buyer { string person = 10; string company = 11; }
}
message Find { string order_id = 1; uint32 times = 2; }
service Orders {
  rpc Echo(Order) returns (Order);
  rpc Find(Find) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Watch(Find) returns (stream Order);
  rpc Fill(stream Order) returns (Order);
}
`;
export const MONEY =
  'syntax = "proto3";\npackage shop.v1;\nmessage Money { double value = 1; string currency = 2; }\n';

type Handler = (call: { request: Buffer; metadata: grpc.Metadata }) => {
  replies?: unknown[];
  code?: grpc.status;
  details?: string;
  hang?: boolean;
};

/** A real gRPC server for the service `shop.v1.Orders`. */
export class TestGrpcServer {
  readonly seen: { method: string; request: Record<string, unknown> }[] = [];
  /** What the next calls get; without, they get what they sent. */
  answer: Handler | undefined;
  lastMetadata: Record<string, grpc.MetadataValue> = {};
  port = 0;
  readonly #server = new grpc.Server();
  readonly root: protobuf.Root;

  private constructor() {
    const shop = SHOP.replace('import "parts/money.proto";', '') + MONEY.split('\n').slice(2).join('\n');
    this.root = protobuf.parse(shop, { keepCase: false }).root;
    for (const name of ['timestamp', 'struct'])
      this.root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
  }

  static async start(credentials = grpc.ServerCredentials.createInsecure()): Promise<TestGrpcServer> {
    const server = new TestGrpcServer();
    const method = (name: string, request: string) => ({
      path: `/shop.v1.Orders/${name}`,
      requestStream: false,
      responseStream: true,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (value: Buffer) => value,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: (value: Buffer) => value,
      originalName: request,
    });
    const definition = {
      Echo: method('Echo', 'Order'),
      Find: method('Find', 'Find'),
      Watch: method('Watch', 'Find'),
      Fill: method('Fill', 'Order'),
    };
    const serve = (name: string, type: string) => (call: grpc.ServerWritableStream<Buffer, Buffer>) =>
      server.#serve(name, type, call);
    server.#server.addService(definition, {
      Echo: serve('Echo', 'Order'),
      Find: serve('Find', 'Find'),
      Watch: serve('Watch', 'Find'),
      Fill: serve('Fill', 'Order'),
    });
    server.port = await new Promise<number>((resolve, reject) => {
      server.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return server;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  order(value: object): Buffer {
    const type = this.root.lookupType('shop.v1.Order');
    return Buffer.from(type.encode(type.fromObject(value)).finish());
  }

  #serve(name: string, type: string, call: grpc.ServerWritableStream<Buffer, Buffer>): void {
    const decoded = this.root.lookupType(`shop.v1.${type}`).decode(call.request);
    this.seen.push({ method: name, request: decoded.toJSON() });
    this.lastMetadata = call.metadata.getMap();
    const { replies, code, details, hang } = this.answer?.(call) ?? {};
    if (hang === true) return;
    if (code !== undefined) {
      call.emit('error', { code, details, name: 'refused', message: details });
      return;
    }
    for (const reply of replies ?? [call.request])
      call.write(reply instanceof Buffer ? reply : this.order(reply as object));
    call.end();
  }
}
