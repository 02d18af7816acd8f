// `tfgraph/grpc`: importing it lets `tf.Session` run on `grpc://host:port` targets; `serve` is such a target. Both speak gRPC over
// Node's own HTTP/2.
import { grpcMaster } from '../session/grpc/session.ts';
import { registerMaster } from '../session/master.ts';

registerMaster('grpc', grpcMaster);

export { serve, type ServeOptions, type ServerEvent, type Serving } from '../server/serve.ts';
