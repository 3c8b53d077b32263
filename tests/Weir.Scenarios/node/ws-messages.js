// What is said on a WebSocket to ws-server.js, however it was opened.
'use strict';
const assert = require('node:assert');

const next = socket => new Promise((resolve, reject) => {
  const closed = code => reject(new Error(`closed with ${code}`));
  socket.once('close', closed);
  socket.once('message', (data, isBinary) => { socket.off('close', closed); resolve({ data, isBinary }); });
});
const asked = (socket, times) => new Promise(resolve => socket.on('ping', () => { if (--times === 0) resolve(); }));

// Messages of all sizes, a ping, and a close that the server begins. `pings`: silent until it was asked so often; the gateway takes the answers.
async function talk(socket, pings = 0) {
  assert.strictEqual(socket.protocol, 'chat');
  for (const size of [0, 1, 125, 126, 65536, 2000000]) {
    const answer = next(socket);
    socket.send(Buffer.alloc(size, 7), { binary: true });
    const { data, isBinary } = await answer;
    assert.ok(isBinary && data.equals(Buffer.alloc(size, 7)), `message of ${size}`);
  }
  if (pings) await asked(socket, pings);
  const pong = new Promise(resolve => socket.once('pong', resolve));
  socket.ping('hello');
  assert.strictEqual((await pong).toString(), 'hello');
  const closed = new Promise(resolve => socket.once('close', (code, reason) => resolve([code, reason.toString()])));
  socket.send('close');
  assert.deepStrictEqual(await closed, [4000, 'as asked']);
}

// Many at once, each with its own answers.
const talkAtOnce = sockets => Promise.all(sockets.map(async (socket, i) => {
  for (let n = 0; n < 20; n++) {
    const answer = next(socket);
    socket.send(`${i} ${n}`);
    assert.strictEqual((await answer).data.toString(), `${i} ${n}`);
  }
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.close();
  await closed;
}));

const run = main => main().then(() => console.log('all messages are right'), error => { console.error(error); process.exit(1); });

module.exports = { talk, talkAtOnce, run };
