// A service of gRPC without a schema: messages are bytes.
'use strict';
const grpc = require('@grpc/grpc-js');

const bytes = { serialize: b => b, deserialize: b => b };
const method = (name, requestStream, responseStream) => ({
  path: `/weir.test.Echo/${name}`, requestStream, responseStream,
  requestSerialize: bytes.serialize, requestDeserialize: bytes.deserialize,
  responseSerialize: bytes.serialize, responseDeserialize: bytes.deserialize,
});

exports.grpc = grpc;
exports.definition = {
  Unary: method('Unary', false, false),
  Expand: method('Expand', false, true),
  Collect: method('Collect', true, false),
  Talk: method('Talk', true, true),
  Fail: method('Fail', false, false),
  Slow: method('Slow', false, false),
  Missing: method('Missing', false, false),
};
