'use strict';
const { grpc, definition } = require('./grpc-service');

const { Missing, ...served } = definition;
const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
server.addService(served, {
  Unary(call, done) {
    const trailers = new grpc.Metadata();
    trailers.set('x-length', String(call.request.length));
    trailers.set('x-asked-bin', call.metadata.get('x-asked-bin')[0] ?? Buffer.alloc(0));
    call.sendMetadata(new grpc.Metadata());
    done(null, call.request, trailers);
  },
  Expand(call) {
    const count = call.request.readUInt32BE(0);
    for (let i = 0; i < count; i++) { const b = Buffer.alloc(4); b.writeUInt32BE(i); call.write(b); }
    call.end();
  },
  Collect(call, done) {
    let total = 0;
    call.on('data', b => { total += b.length; });
    call.on('end', () => { const b = Buffer.alloc(4); b.writeUInt32BE(total); done(null, b); });
  },
  Talk(call) {
    call.on('data', b => call.write(b));
    call.on('end', () => call.end());
    call.on('error', () => {});
  },
  Fail(call, done) {
    done({ code: call.request.readUInt32BE(0), details: 'as asked: ä%' });
  },
  Slow(call) {
    call.on('cancelled', () => console.log('cancelled'));
  },
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`port ${port}`);
});
