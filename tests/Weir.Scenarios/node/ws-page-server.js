// A page that opens a WebSocket. It has loaded only when that was used: the image is answered when the page has said so by the WebSocket.
'use strict';
const http = require('node:http');
const { WebSocketServer } = require('ws');

const page = `<body>nothing yet<img src="/held"><script>
  const socket = new WebSocket('wss://' + location.host + '/chat');
  const show = text => { document.body.firstChild.data = text; };
  socket.onopen = () => socket.send('hello');
  socket.onerror = () => show('it failed');
  socket.onmessage = message => { show(message.data + ', page by ' + performance.getEntriesByType('navigation')[0].nextHopProtocol); socket.send('shown'); };
</script>`;
let release;
const shown = new Promise(resolve => { release = resolve; });
const server = http.createServer((request, response) => {
  if (request.url === '/held') { shown.then(() => { response.statusCode = 204; response.end(); }); return; }
  response.setHeader('content-type', 'text/html');
  response.end(page);
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', socket => socket.on('message', data => {
  if (data.toString() === 'shown') release();
  else socket.send('the origin heard ' + data);
}));
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
