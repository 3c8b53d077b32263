// Every kind of call through the gateway; exits with 1 and says why at the first that is not as it should be.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const { grpc, definition } = require('./grpc-service');

const [target, authority] = process.argv.slice(2);
const credentials = authority ? grpc.credentials.createSsl(fs.readFileSync(authority)) : grpc.credentials.createInsecure();
const Client = grpc.makeGenericClientConstructor(definition, 'Echo');
const client = new Client(target, credentials, { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
const soon = () => ({ deadline: Date.now() + 20000 });
const number = n => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };

const unary = (name, message, metadata = new grpc.Metadata(), options = soon()) => new Promise(resolve => {
  const result = {};
  const call = client[name](message, metadata, options, (error, value) => { result.error = error; result.value = value; });
  call.on('metadata', m => { result.metadata = m; });
  call.on('status', s => { result.status = s; setImmediate(() => resolve(result)); });
});

async function main() {
  for (const size of [0, 1, 100, 70000, 3000000]) {
    const metadata = new grpc.Metadata();
    metadata.set('x-asked-bin', Buffer.from([0, 255, size & 255]));
    const message = Buffer.alloc(size, size & 255);
    const { error, value, status } = await unary('Unary', message, metadata);
    assert.ifError(error);
    assert.ok(value.equals(message), `unary of ${size}`);
    assert.strictEqual(status.metadata.get('x-length')[0], String(size));
    assert.deepStrictEqual([...status.metadata.get('x-asked-bin')[0]], [0, 255, size & 255]);
  }

  const parallel = await Promise.all(Array.from({ length: 500 }, (_, i) => unary('Unary', number(i))));
  parallel.forEach((r, i) => assert.strictEqual(r.value?.readUInt32BE(0), i, r.error?.message));

  const received = [];
  for await (const message of client.Expand(number(2000), soon())) received.push(message.readUInt32BE(0));
  assert.deepStrictEqual(received, Array.from({ length: 2000 }, (_, i) => i));

  const total = await new Promise((resolve, reject) => {
    const call = client.Collect(soon(), (error, value) => error ? reject(error) : resolve(value.readUInt32BE(0)));
    for (let i = 0; i < 300; i++) call.write(Buffer.alloc(1000));
    call.end();
  });
  assert.strictEqual(total, 300000);

  // One message at a time: each is answered before the next is sent.
  const talk = client.Talk(soon());
  for (let i = 0; i < 50; i++) {
    const answer = new Promise((resolve, reject) => { talk.once('data', resolve); talk.once('error', reject); });
    talk.write(number(i));
    assert.strictEqual((await answer).readUInt32BE(0), i);
    talk.removeAllListeners('error');
  }
  const ended = new Promise(resolve => talk.on('status', resolve));
  talk.on('data', () => {});
  talk.end();
  assert.strictEqual((await ended).code, 0);

  for (const code of [1, 3, 5, 7, 14, 16]) {
    const { error } = await unary('Fail', number(code));
    assert.strictEqual(error.code, code);
    assert.strictEqual(error.details, 'as asked: ä%');
  }

  assert.strictEqual((await unary('Missing', number(0))).error.code, grpc.status.UNIMPLEMENTED);

  // The deadline is the gateway's and the server's, and either may be first; the client's own clock is kept from it.
  const metadata = new grpc.Metadata();
  metadata.set('grpc-timeout', '300m');
  const began = Date.now();
  const late = await unary('Slow', number(0), metadata, {});
  assert.strictEqual(late.error.code, grpc.status.DEADLINE_EXCEEDED);
  assert.match(late.error.details, /^(weir: upstream-timeout|Deadline exceeded)/);
  assert.ok(Date.now() - began < 5000);

  const cancelled = new Promise(resolve => {
    const call = client.Slow(number(0), soon(), error => resolve(error.code));
    setTimeout(() => call.cancel(), 100);
  });
  assert.strictEqual(await cancelled, grpc.status.CANCELLED);

  for (const [path, code, text] of [['/closed.Service/Call', grpc.status.UNAVAILABLE, 'weir: connect-failed'], ['/unknown.Service/Call', grpc.status.UNIMPLEMENTED, 'weir: no-route'], ['/forbidden.Service/Call', grpc.status.PERMISSION_DENIED, 'weir: 403']]) {
    const error = await new Promise(resolve => client.makeUnaryRequest(path, b => b, b => b, number(0), soon(), resolve));
    assert.strictEqual(error.code, code, `${path}: ${error.message}`);
    assert.strictEqual(error.details, text);
  }

  console.log('all calls are right');
  client.close();
}

main().catch(error => { console.error(error); process.exit(1); });
