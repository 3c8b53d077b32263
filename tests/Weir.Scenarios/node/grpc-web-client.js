// Calls of gRPC-Web through the gateway by two real clients, the official one on XMLHttpRequest and protobuf-ts on fetch, in base64 and in
// binary; exits with 1 and says why at the first that is not as it should be.
'use strict';
const assert = require('node:assert');
global.XMLHttpRequest = require('xhr2');
const { GrpcWebClientBase, MethodDescriptor, MethodType } = require('grpc-web');
const { GrpcWebFetchTransport } = require('@protobuf-ts/grpcweb-transport');

const base = process.argv[2];
const service = 'weir.test.Echo';
const number = n => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const codes = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'];

// Each gives { messages, code, details, trailers } of a call.
const official = format => {
  const client = new GrpcWebClientBase({ format });
  return (path, message, { streams = false, metadata = {}, timeout = 0 } = {}) => new Promise(resolve => {
    const result = { messages: [], code: undefined, details: '', trailers: {} };
    const method = new MethodDescriptor(path, streams ? MethodType.SERVER_STREAMING : MethodType.UNARY, Object, Object, b => new Uint8Array(b), b => Buffer.from(b));
    const sent = timeout ? { ...metadata, deadline: String(Date.now() + timeout) } : metadata;
    const end = () => setImmediate(() => resolve(result));
    if (streams) {
      const call = client.serverStreaming(base + path, message, sent, method);
      call.on('data', m => result.messages.push(m));
      call.on('status', s => { result.code = s.code; result.details = s.details; result.trailers = s.metadata ?? {}; });
      call.on('error', e => { result.code = e.code; result.details = e.message; end(); });
      call.on('end', end);
      return;
    }
    const call = client.rpcCall(base + path, message, sent, method, (error, value) => {
      if (error) { result.code = error.code; result.details = error.message; } else { result.messages.push(value); result.code ??= 0; }
      end();
    });
    call.on('status', s => { if (s.metadata) result.trailers = s.metadata; });
  });
};

const fetching = format => {
  const bytes = { toBinary: b => new Uint8Array(b), fromBinary: b => Buffer.from(b) };
  const transport = new GrpcWebFetchTransport({ baseUrl: base, format });
  return async (path, message, { streams = false, metadata = {}, timeout = 0 } = {}) => {
    const [, typeName, name] = path.split('/');
    const method = { service: { typeName }, name, localName: name, I: bytes, O: bytes, serverStreaming: streams, clientStreaming: false, options: {} };
    const options = transport.mergeOptions({ meta: metadata, ...(timeout ? { timeout } : {}) });
    const call = streams ? transport.serverStreaming(method, message, options) : transport.unary(method, message, options);
    for (const p of [call.headers, call.status, call.trailers, call.response]) p?.catch?.(() => {});
    const result = { messages: [], code: 0, details: '', trailers: {} };
    try {
      if (streams) for await (const m of call.responses) result.messages.push(m);
      else result.messages.push(await call.response);
      await call.status;
      result.trailers = await call.trailers;
    } catch (error) {
      result.code = codes.indexOf(error.code);
      result.details = error.message;
    }
    return result;
  };
};

async function run(name, call) {
  for (const size of [0, 1, 2, 3, 100, 70000, 1000000]) {
    const message = Buffer.alloc(size, size & 255);
    const { messages, code, details, trailers } = await call(`/${service}/Unary`, message, { metadata: { 'x-asked-bin': 'AP8B' } });
    assert.strictEqual(code, 0, `${name}: unary of ${size}: ${details}`);
    assert.ok(messages[0].equals(message), `${name}: unary of ${size}`);
    assert.strictEqual(trailers['x-length'], String(size), `${name}: trailers`);
    assert.strictEqual(trailers['x-asked-bin'], 'AP8B', `${name}: binary trailers`);
  }

  const parallel = await Promise.all(Array.from({ length: 100 }, (_, i) => call(`/${service}/Unary`, number(i))));
  parallel.forEach((r, i) => assert.strictEqual(r.messages[0]?.readUInt32BE(0), i, `${name}: ${r.details}`));

  const stream = await call(`/${service}/Expand`, number(2000), { streams: true });
  assert.deepStrictEqual(stream.messages.map(m => m.readUInt32BE(0)), Array.from({ length: 2000 }, (_, i) => i), `${name}: ${stream.details}`);

  for (const code of [3, 5, 7, 14, 16]) {
    const failed = await call(`/${service}/Fail`, number(code));
    assert.strictEqual(failed.code, code, `${name}: ${failed.details}`);
    // Not every client undoes the percent-encoding.
    assert.ok(['as asked: ä%', 'as%20asked:%20%C3%A4%25'].includes(failed.details), `${name}: ${failed.details}`);
  }

  assert.strictEqual((await call(`/${service}/Missing`, number(0))).code, 12, `${name}: a method that is missing`);
  const began = Date.now();
  const late = await call(`/${service}/Slow`, number(0), { timeout: 300 });
  assert.strictEqual(late.code, 4, `${name}: ${late.details}`);
  assert.ok(Date.now() - began < 5000);

  for (const [path, code, text] of [['/closed.Service/Call', 14, 'weir: connect-failed'], ['/unknown.Service/Call', 12, 'weir: no-route'], ['/forbidden.Service/Call', 7, 'weir: 403']]) {
    const error = await call(path, number(0));
    assert.strictEqual(error.code, code, `${name}: ${path}: ${error.details}`);
    assert.strictEqual(decodeURIComponent(error.details), text, name);
  }
}

async function main() {
  await run('grpc-web, text', official('text'));
  await run('grpc-web, binary', official('binary'));
  await run('protobuf-ts, text', fetching('text'));
  await run('protobuf-ts, binary', fetching('binary'));
  console.log('all calls are right');
}

main().catch(error => { console.error(error); process.exit(1); });
