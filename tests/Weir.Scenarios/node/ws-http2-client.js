// The messages of ws over one connection of HTTP/2: each WebSocket is a stream of it (RFC 8441). ws makes none by itself, but takes one for its socket.
'use strict';
const assert = require('node:assert');
const http2 = require('node:http2');
const { WebSocket } = require('ws');
const PerMessageDeflate = require('./node_modules/ws/lib/permessage-deflate');

const [url, pings] = process.argv.slice(2);
const session = http2.connect(url, { rejectUnauthorized: false });

const open = ({ deflate = false } = {}) => new Promise((resolve, reject) => {
  const head = { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', 'sec-websocket-version': '13', 'sec-websocket-protocol': 'chat' };
  if (deflate) head['sec-websocket-extensions'] = 'permessage-deflate';
  const stream = session.request(head);
  stream.once('error', reject);
  stream.once('response', answer => {
    if (answer[':status'] !== 200) return reject(new Error(`status ${answer[':status']}`));
    const socket = new WebSocket(null, undefined, { autoPong: true, closeTimeout: 30000 });
    socket._isServer = false;
    socket._protocol = answer['sec-websocket-protocol'];
    if (deflate) {
      assert.match(answer['sec-websocket-extensions'], /^permessage-deflate/);
      const extension = new PerMessageDeflate({ isServer: false }, false, 0);
      extension.accept([{}]);
      socket._extensions['permessage-deflate'] = extension;
    }
    socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 0, allowSynchronousEvents: true, skipUTF8Validation: false });
    resolve(socket);
  });
});
const next = socket => new Promise((resolve, reject) => {
  const closed = code => reject(new Error(`closed with ${code}`));
  socket.once('close', closed);
  socket.once('message', (data, isBinary) => { socket.off('close', closed); resolve({ data, isBinary }); });
});
const asked = (socket, times) => new Promise(resolve => socket.on('ping', () => { if (--times === 0) resolve(); }));

async function main() {
  const settings = await new Promise(resolve => session.once('remoteSettings', resolve));
  assert.ok(settings.enableConnectProtocol);
  for (const deflate of [false, true]) {
    const socket = await open({ deflate });
    assert.strictEqual(socket.protocol, 'chat');
    for (const size of [0, 1, 125, 126, 65536, 2000000]) {
      const answer = next(socket);
      socket.send(Buffer.alloc(size, 7), { binary: true });
      const { data, isBinary } = await answer;
      assert.ok(isBinary && data.equals(Buffer.alloc(size, 7)), `message of ${size}`);
    }
    // Silent until it was asked three times; the gateway takes the answers.
    if (pings) await asked(socket, 3);
    const pong = new Promise(resolve => socket.once('pong', resolve));
    socket.ping('hello');
    assert.strictEqual((await pong).toString(), 'hello');
    const closed = new Promise(resolve => socket.once('close', (code, reason) => resolve([code, reason.toString()])));
    socket.send('close');
    assert.deepStrictEqual(await closed, [4000, 'as asked']);
  }

  const many = await Promise.all(Array.from({ length: 50 }, (_, i) => open({ deflate: i % 2 === 0 })));
  await Promise.all(many.map(async (socket, i) => {
    for (let n = 0; n < 20; n++) {
      const answer = next(socket);
      socket.send(`${i} ${n}`);
      assert.strictEqual((await answer).data.toString(), `${i} ${n}`);
    }
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.close();
    await closed;
  }));
  console.log('all messages are right');
  session.close();
}

main().catch(error => { console.error(error); process.exit(1); });
