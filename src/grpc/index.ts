// `tfgraph/grpc`: importing it lets `tf.Session` run on `grpc://host:port` targets. Needs the package @grpc/grpc-js, which
// is loaded when the first session is used.
import { grpcMaster } from '../session/grpc/session.ts';
import { registerMaster } from '../session/master.ts';

registerMaster('grpc', grpcMaster);
