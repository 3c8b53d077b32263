// Says every message again; what it is asked as "close" it does. Pings that come are told, and pongs, since it never asks for one.
'use strict';
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, handleProtocols: offered => [...offered][0] });
server.on('listening', () => console.log(`port ${server.address().port}`));
server.on('connection', socket => {
  socket.on('ping', data => console.log(`ping of ${data.length}`));
  socket.on('pong', () => console.log('stray pong'));
  socket.on('message', (data, isBinary) => {
    if (data.toString() === 'close') socket.close(4000, 'as asked');
    else socket.send(data, { binary: isBinary });
  });
});
