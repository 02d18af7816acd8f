<<<<<<< HEAD
// `tfgraph/grpc`: importing it lets `tf.Session` run on `grpc://host:port` targets; `serve` is such a target. Both need the package
// @grpc/grpc-js, which is loaded when the first session or server is used.
=======
// `tfgraph/grpc`: importing it lets `tf.Session` run on `grpc://host:port` targets (in Node: it uses node:http2).
>>>>>>> grpc
import { grpcMaster } from '../session/grpc/session.ts';
import { registerMaster } from '../session/master.ts';

registerMaster('grpc', grpcMaster);

export { serve, type ServeOptions, type ServerEvent, type Serving } from '../server/serve.ts';
