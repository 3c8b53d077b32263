'use strict';
const assert = require('node:assert');
const { WebSocket } = require('ws');

const [url] = process.argv.slice(2);
const open = options => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, ['chat'], options);
  socket.once('open', () => resolve(socket));
  socket.once('error', reject);
});
const next = socket => new Promise((resolve, reject) => {
  socket.once('message', (data, isBinary) => resolve({ data, isBinary }));
  socket.once('close', code => reject(new Error(`closed with ${code}`)));
});

async function main() {
  for (const perMessageDeflate of [false, true]) {
    const socket = await open({ perMessageDeflate });
    assert.strictEqual(socket.protocol, 'chat');
    for (const size of [0, 1, 125, 126, 65536, 2000000]) {
      const answer = next(socket);
      socket.send(Buffer.alloc(size, 7), { binary: true });
      const { data, isBinary } = await answer;
      assert.ok(isBinary && data.equals(Buffer.alloc(size, 7)), `message of ${size}`);
    }
    const pong = new Promise(resolve => socket.once('pong', resolve));
    socket.ping('hello');
    assert.strictEqual((await pong).toString(), 'hello');
    const closed = new Promise(resolve => socket.once('close', (code, reason) => resolve([code, reason.toString()])));
    socket.send('close');
    assert.deepStrictEqual(await closed, [4000, 'as asked']);
  }

  const many = await Promise.all(Array.from({ length: 50 }, () => open()));
  await Promise.all(many.map(async (socket, i) => {
    for (let n = 0; n < 20; n++) {
      const answer = next(socket);
      socket.send(`${i} ${n}`);
      assert.strictEqual((await answer).data.toString(), `${i} ${n}`);
    }
    socket.close();
  }));
  console.log('all messages are right');
}

main().catch(error => { console.error(error); process.exit(1); });
