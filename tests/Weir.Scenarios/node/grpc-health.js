'use strict';
// grpc.health.v1.Health as grpc-js serves it. The first argument is the status that every service has; NONE: no such service is known.
const grpc = require('@grpc/grpc-js');

const statuses = { SERVING: 1, NOT_SERVING: 2 };
const status = process.argv[2];
const server = new grpc.Server();
server.addService({
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    // field 1: the service's name; field 1: the status.
    requestDeserialize: b => b.length ? b.subarray(2).toString() : '',
    requestSerialize: () => Buffer.alloc(0),
    responseSerialize: s => Buffer.from([8, s]),
    responseDeserialize: b => b[1],
  },
}, {
  Check(call, done) {
    console.log(`asked for ${call.request}`);
    if (status === 'NONE') done({ code: grpc.status.NOT_FOUND, details: 'no such service' });
    else done(null, statuses[status]);
  },
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`port ${port}`);
});
