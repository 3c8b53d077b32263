// The messages of ws over one connection of HTTP/2: each WebSocket is a stream of it (RFC 8441). ws makes none by itself, but takes one for its socket.
'use strict';
const assert = require('node:assert');
const http2 = require('node:http2');
const { WebSocket } = require('ws');
const PerMessageDeflate = require('./node_modules/ws/lib/permessage-deflate');
const { talk, talkAtOnce, run } = require('./ws-messages');

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

run(async () => {
  const settings = await new Promise(resolve => session.once('remoteSettings', resolve));
  assert.ok(settings.enableConnectProtocol);
  for (const deflate of [false, true]) await talk(await open({ deflate }), pings ? 3 : 0);
  await talkAtOnce(await Promise.all(Array.from({ length: 50 }, (_, i) => open({ deflate: i % 2 === 0 }))));
  session.close();
});
