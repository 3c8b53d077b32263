'use strict';
const { WebSocket } = require('ws');
const { talk, talkAtOnce, run } = require('./ws-messages');

const [url] = process.argv.slice(2);
const open = options => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, ['chat'], options);
  socket.once('open', () => resolve(socket));
  socket.once('error', reject);
});

run(async () => {
  for (const perMessageDeflate of [false, true]) await talk(await open({ perMessageDeflate }));
  await talkAtOnce(await Promise.all(Array.from({ length: 50 }, () => open())));
});
